import { Button, Group, Text } from '@mantine/core';
import { IconAlertCircle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useWords } from '../app/use-words.js';
import classes from './notes.module.css';

/** Something went wrong: what happened in words, and a way on. Said aloud by screen readers. */
export function Trouble({ error, onAgain }: { readonly error: unknown; readonly onAgain?: () => void }) {
  const { t, sentenceOf } = useWords();
  return (
    <div className={classes['trouble']} role="alert">
      <IconAlertCircle className={classes['icon']} aria-hidden="true" />
      <Group gap="md" flex={1}>
        <Text flex="1 1 16rem">{sentenceOf(error)}</Text>
        {onAgain !== undefined && (
          <Button variant="default" onClick={onAgain}>
            {t('again')}
          </Button>
        )}
      </Group>
    </div>
  );
}

/** A word that has to be noticed but is no failure. */
export function Hint({
  children,
  tone = 'plain',
}: {
  readonly children: ReactNode;
  readonly tone?: 'plain' | 'warn';
}) {
  return (
    <div className={classes[tone]}>
      <IconInfoCircle className={classes['icon']} aria-hidden="true" />
      <div className={classes['body']}>{children}</div>
    </div>
  );
}
