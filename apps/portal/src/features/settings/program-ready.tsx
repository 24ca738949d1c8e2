import { Button, Stack, Text } from '@mantine/core';
import type { MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Hint } from '../../parts/notes.js';

interface Props {
  readonly made: MadeAccessToken;
  readonly onDone: () => void;
}

/** The key, once, with the address that the program needs besides. */
export function ProgramReady({ made, onDone }: Props) {
  const { t } = useWords();
  return (
    <Stack gap="md">
      <Text fw={600}>{t('settings.programs.readyTitle', { label: made.token.label })}</Text>
      <Hint tone="warn">{t('settings.programs.shownOnce')}</Hint>
      <CopyLine
        quiet
        label={t('settings.programs.key')}
        value={made.secret}
        copyLabel={t('settings.programs.copyKey')}
      />
      <CopyLine
        quiet
        label={t('settings.programs.address')}
        value={made.url}
        copyLabel={t('settings.programs.copyAddress')}
      />
      <Button onClick={onDone} style={{ alignSelf: 'flex-start' }}>
        {t('share.done')}
      </Button>
    </Stack>
  );
}
