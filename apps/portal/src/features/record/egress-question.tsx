import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconWorldUpload } from '@tabler/icons-react';
import type { ViewerChoice } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import classes from './egress-question.module.css';

interface Props {
  /** The viewer that would speak with others. */
  readonly viewer: ViewerChoice;
  readonly onAnswer: (maySpeak: boolean) => void;
  /** Opens nothing. */
  readonly onLeave: () => void;
}

/** Before a viewer is opened that could send something out: to whom, and a yes or a no, each time. */
export function EgressQuestion({ viewer, onAnswer, onLeave }: Props) {
  const { t } = useWords();
  return (
    <Modal
      opened
      onClose={onLeave}
      size={520}
      title={t('record.egress.title')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack gap="lg">
        <Text>{t('record.egress.may', { viewer: viewer.title })}</Text>
        <ul className={classes['places']}>
          {viewer.egress.map((place) => (
            <li key={place}>
              <IconWorldUpload size={24} stroke={1.5} aria-hidden="true" />
              <span>{place}</span>
            </li>
          ))}
        </ul>
        <Text>{t('record.egress.alone')}</Text>
        <Text>{t('record.egress.without')}</Text>
        <Group gap="sm" justify="flex-end">
          <Button variant="default" onClick={() => onAnswer(true)}>
            {t('record.egress.yes')}
          </Button>
          <Button onClick={() => onAnswer(false)} data-autofocus>
            {t('record.egress.no')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
