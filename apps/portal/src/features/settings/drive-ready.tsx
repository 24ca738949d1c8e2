import { Button, Stack, Text } from '@mantine/core';
import type { MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Hint } from '../../parts/notes.js';

interface Props {
  readonly made: MadeAccessToken;
  readonly onDone: () => void;
}

/** The app password, once, with the address and how to type both in. */
export function DriveReady({ made, onDone }: Props) {
  const { t } = useWords();
  return (
    <Stack gap="md" mt="md">
      <Text fw={600}>{t('settings.drive.readyTitle', { label: made.token.label })}</Text>
      <Hint tone="warn">{t('settings.drive.shownOnce')}</Hint>
      <CopyLine
        label={t('settings.drive.address')}
        value={made.url}
        copyLabel={t('settings.drive.copyAddress')}
      />
      <CopyLine
        label={t('settings.drive.password')}
        value={made.secret}
        copyLabel={t('settings.drive.copyPassword')}
      />
      <Text>{t('settings.drive.userName')}</Text>
      {(['windows', 'mac', 'linux'] as const).map((system) => (
        <div key={system}>
          <Text fw={600}>{t(`settings.drive.${system}Title`)}</Text>
          <Text>{t(`settings.drive.${system}`)}</Text>
        </div>
      ))}
      <Button variant="light" onClick={onDone} style={{ alignSelf: 'flex-start' }}>
        {t('share.done')}
      </Button>
    </Stack>
  );
}
