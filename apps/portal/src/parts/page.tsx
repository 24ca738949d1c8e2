import { Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import { hasMoved } from '../app/history.js';
import { messages } from '../app/language.js';

interface Props {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The page's main act, beside the title. */
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** Title, one sentence, content. Names the window and takes the focus, so that a screen reader notices the change. */
export function Page({ title, lead, action, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The page that the browser loaded leaves the focus at the start, where the way past the navigation is.
    if (hasMoved()) heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = `${title} · ${messages.t('app')}`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="md">
        <Stack gap={4} maw={640}>
          <Title order={1} ref={heading} tabIndex={-1}>
            {title}
          </Title>
          {lead !== undefined && <Text c="dimmed">{lead}</Text>}
        </Stack>
        {action}
      </Group>
      {children}
    </Stack>
  );
}
