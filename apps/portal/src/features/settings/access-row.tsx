import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { until } from '../../words/times.js';
import classes from './settings.module.css';

interface Props {
  readonly name: string;
  /** What it may do, or whose it is. */
  readonly detail: string;
  readonly access: { readonly expiresAt: string; readonly lastUsedAt: string | null };
  readonly words: { readonly end: string; readonly ended: string };
  /** The list that it stands in. */
  readonly list: readonly string[];
  readonly onEnd: () => Promise<unknown>;
}

/** Somebody or something that may use the record until a day, with what ends that. */
export function AccessRow({ name, detail, access, words, list, onEnd }: Props) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const say = useSay();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: onEnd,
    onSuccess: () => say.done(words.ended),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: list }),
  });
  return (
    <li className={classes['row']}>
      <div>
        <Text fw={600}>{name}</Text>
        <Text c="dimmed">{detail}</Text>
        <Text c="dimmed">
          {t('settings.programs.until', { until: until(access.expiresAt, now, language) })}
          {' · '}
          {access.lastUsedAt === null ? (
            t('settings.programs.neverUsed')
          ) : (
            <>
              {t('settings.lastSeen', { when: '' })}
              <When at={access.lastUsedAt} />
            </>
          )}
        </Text>
      </div>
      <Button variant="default" loading={end.isPending} aria-label={words.end} onClick={() => end.mutate()}>
        {t('settings.programs.end')}
      </Button>
    </li>
  );
}
