import { Button, Stack, Text, Title } from '@mantine/core';
import { Wordmark } from './wordmark.js';
import classes from './full-page-note.module.css';

interface Props {
  readonly title?: string;
  readonly text: string;
  readonly action?: { readonly label: string; readonly onClick: () => void };
}

/** A page that has only one thing to say. */
export function FullPageNote({ title, text, action }: Props) {
  return (
    <main className={classes['page']}>
      <Stack gap="lg" maw={520} align="flex-start">
        <Wordmark />
        {title !== undefined && <Title order={1}>{title}</Title>}
        <Text role="status" fz="lg">
          {text}
        </Text>
        {action !== undefined && <Button onClick={action.onClick}>{action.label}</Button>}
      </Stack>
    </main>
  );
}
