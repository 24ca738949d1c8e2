import { Button, Stack, Text } from '@mantine/core';
import type { DicomListener, MadeReadingAddress } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Hint } from '../../parts/notes.js';

interface Props {
  readonly made: MadeReadingAddress;
  readonly listener: DicomListener;
  readonly onDone: () => void;
}

/** The title, once, with whose system it is for, so that a wrong name is noticed. */
export function ReaderReady({ made: { address, aeTitle }, listener, onDone }: Props) {
  const { t } = useWords();
  return (
    <Stack gap="md">
      <Text fw={600}>
        {t('settings.readers.readyTitle', { name: address.peerName, provider: address.providerName })}
      </Text>
      <Hint tone="warn">{t('settings.readers.shownOnce')}</Hint>
      <CopyLine
        quiet
        label={t('settings.readers.title16')}
        value={aeTitle}
        copyLabel={t('settings.readers.copyTitle')}
      />
      <CopyLine
        quiet
        label={t('settings.readers.address')}
        value={`${window.location.hostname}:${listener.port}`}
        copyLabel={t('settings.programs.copyAddress')}
      />
      <Button onClick={onDone} style={{ alignSelf: 'flex-start' }}>
        {t('share.done')}
      </Button>
    </Stack>
  );
}
