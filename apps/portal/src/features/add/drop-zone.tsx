import { Button, Group, Text } from '@mantine/core';
import { IconFolderOpen } from '@tabler/icons-react';
import { useRef, useState, type DragEvent } from 'react';
import { useWords } from '../../app/use-words.js';
import { number } from '../../words/sizes.js';
import { fromDrop, fromInput, type Found } from './gather.js';
import classes from './add.module.css';

/** Takes anything: files, folders, discs; by dropping or by choosing. */
export function DropZone({ onFound }: { readonly onFound: (found: Found[]) => void }) {
  const { t, language } = useWords();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [reading, setReading] = useState<number | null>(null);
  const [note, setNote] = useState('');

  const take = (found: Found[]) => {
    setReading(null);
    if (found.length === 0) setNote(t('add.nothing'));
    else onFound(found);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    setNote('');
    setReading(0);
    fromDrop(event.dataTransfer, setReading).then(take, () => {
      setReading(null);
      setNote(t('add.reading403'));
    });
  };
  const choose = (input: HTMLInputElement) => {
    if (input.files !== null) take(fromInput(input.files));
    input.value = '';
  };
  return (
    <div
      className={classes['zone']}
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFolderOpen size={64} stroke={1} aria-hidden="true" className={classes['zoneSign']} />
      <Text fz="lg" fw={600} ta="center" aria-live="polite">
        {reading !== null
          ? t('add.reading', { number: number(reading, language) })
          : t(over ? 'add.dropNow' : 'add.drop')}
      </Text>
      <Text c="dimmed">{t('add.or')}</Text>
      <Group gap="sm" justify="center">
        <Button onClick={() => folder.current?.click()}>{t('add.chooseFolder')}</Button>
        <Button variant="default" onClick={() => files.current?.click()}>
          {t('add.chooseFiles')}
        </Button>
      </Group>
      {note !== '' && (
        <Text role="alert" ta="center">
          {note}
        </Text>
      )}
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label={t('add.chooseFiles')}
        onChange={(event) => choose(event.currentTarget)}
      />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        multiple
        hidden
        aria-label={t('add.chooseFolder')}
        onChange={(event) => choose(event.currentTarget)}
      />
    </div>
  );
}
