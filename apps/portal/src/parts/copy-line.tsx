import { Button, CopyButton, Stack, Textarea } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useWords } from '../app/use-words.js';

interface Props {
  readonly label: string;
  readonly value: string;
  readonly copyLabel?: string;
  /** One of several lines: its button is not the main one of the page. */
  readonly quiet?: boolean;
}

/** A line that somebody has to take along, shown whole: selected at a touch, copied by a button. */
export function CopyLine({ label, value, copyLabel, quiet = false }: Props) {
  const { t } = useWords();
  return (
    <Stack gap="xs">
      <Textarea
        label={label}
        value={value}
        readOnly
        autosize
        minRows={1}
        spellCheck={false}
        onFocus={(event) => event.currentTarget.select()}
        styles={{
          input: {
            fontFamily: 'var(--mantine-font-family-monospace)',
            wordBreak: 'break-all',
            paddingBlock: 11,
          },
        }}
      />
      <CopyButton value={value} timeout={3000}>
        {({ copied, copy }) => (
          <Button
            onClick={copy}
            {...(quiet && { variant: 'default', style: { alignSelf: 'flex-start' } })}
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
