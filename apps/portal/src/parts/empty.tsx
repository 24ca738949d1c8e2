import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './empty.module.css';

interface Props {
  readonly title: string;
  readonly text: string;
  readonly children?: ReactNode;
}

/** Nothing there yet: says so, and what to do. */
export function Empty({ title, text, children }: Props) {
  return (
    <Stack className={classes['box'] ?? ''} gap="md" align="center">
      <svg viewBox="0 0 96 64" width="120" height="80" aria-hidden="true" className={classes['case']}>
        <rect x="14" y="6" width="68" height="44" rx="5" />
        <path d="M26 58h44M22 18l14-8M22 28l28-18" />
      </svg>
      <Title order={2} ta="center">
        {title}
      </Title>
      <Text c="dimmed" ta="center" maw={480}>
        {text}
      </Text>
      {children}
    </Stack>
  );
}
