import { Stack, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { messages } from '../../app/language.js';
import { LanguageSwitch } from '../../parts/language-switch.js';
import { Wordmark } from '../../parts/wordmark.js';
import classes from './door.module.css';

/** The frame of the pages before one is in: one column, nothing else. */
export function Door({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${messages.t('app')}`;
  }, [title]);
  return (
    <div className={classes['page']}>
      <header className={classes['head']}>
        <Wordmark />
        <LanguageSwitch />
      </header>
      <main className={classes['main']}>
        <Stack gap="lg" className={classes['column'] ?? ''}>
          <Title order={1}>{title}</Title>
          {children}
        </Stack>
      </main>
    </div>
  );
}
