import { Button, Stack, Text } from '@mantine/core';
import type { MadeAccessToken } from '../../api/types.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Hint } from '../../parts/notes.js';
import { deviceOf } from '../../words/device.js';
import classes from './settings.module.css';

interface Props {
  readonly made: MadeAccessToken;
  readonly onDone: () => void;
}

/** The app password, once, with the address and how to type both in. */
export function DriveReady({ made, onDone }: Props) {
  const { t } = useWords();
  const me = useMe().data;
  const here = deviceOf(navigator.userAgent)?.system;
  return (
    <Stack gap="md">
      <Text fw={600}>{t('settings.drive.readyTitle', { label: made.token.label })}</Text>
      <Hint tone="warn">{t('settings.drive.shownOnce')}</Hint>
      <CopyLine
        quiet
        label={t('settings.drive.address')}
        value={made.url}
        copyLabel={t('settings.drive.copyAddress')}
      />
      {me && (
        <CopyLine
          quiet
          label={t('settings.drive.userName')}
          value={me.email}
          copyLabel={t('settings.drive.copyUserName')}
        />
      )}
      <CopyLine
        quiet
        label={t('settings.drive.password')}
        value={made.secret}
        copyLabel={t('settings.drive.copyPassword')}
      />
      <div>
        <Text fw={600}>{t('settings.drive.how')}</Text>
        {(['windows', 'mac', 'linux'] as const).map((system) => (
          <details key={system} className={classes['how']} open={t(`settings.drive.${system}Title`) === here}>
            <summary>{t(`settings.drive.${system}Title`)}</summary>
            <Text>{t(`settings.drive.${system}`)}</Text>
          </details>
        ))}
      </div>
      <Text>{t('settings.drive.folders')}</Text>
      <Button onClick={onDone} style={{ alignSelf: 'flex-start' }}>
        {t('share.done')}
      </Button>
    </Stack>
  );
}
