import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useWords } from '../app/use-words.js';

interface Props {
  readonly opened: boolean;
  readonly title: string;
  readonly text: ReactNode;
  readonly yes: string;
  readonly no?: string;
  readonly busy?: boolean;
  readonly danger?: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** One question with two answers, for acts that cannot be taken back. */
export function Ask({ opened, title, text, yes, no, busy = false, danger = false, onYes, onNo }: Props) {
  const { t } = useWords();
  return (
    <Modal opened={opened} onClose={onNo} title={title} closeButtonProps={{ 'aria-label': t('close') }}>
      <Stack gap="lg">
        <Text>{text}</Text>
        <Group gap="sm" justify="flex-end">
          <Button variant="default" onClick={onNo} data-autofocus>
            {no ?? t('cancel')}
          </Button>
          <Button {...(danger ? { color: 'red.8' } : {})} loading={busy} onClick={onYes}>
            {yes}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
