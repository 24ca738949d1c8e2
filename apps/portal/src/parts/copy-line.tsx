import { Button, CopyButton, Stack, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useWords } from '../app/use-words.js';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly copyLabel?: string;
}

/** A line that somebody has to take along: selected at a touch, copied by a button. */
export function CopyLine({ label, value, copyLabel }: Props) {
  const { t } = useWords();
  return (
    <Stack gap="xs">
      <TextInput
        label={label}
        value={value}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      <CopyButton value={value} timeout={3000}>
        {({ copied, copy }) => (
          <Button
            onClick={copy}
            leftSection={
              copied ? <IconCheck size={24} aria-hidden="true" /> : <IconCopy size={24} aria-hidden="true" />
            }
          >
            <span aria-live="polite">{copied ? t('copied') : (copyLabel ?? t('copy'))}</span>
          </Button>
        )}
      </CopyButton>
    </Stack>
  );
}
