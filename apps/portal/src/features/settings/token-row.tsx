import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { AccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { until } from '../../words/times.js';
import classes from './settings.module.css';

/** Both kinds: keys of programs and app passwords of the network drive. */
export const TOKENS = ['access-tokens'];

export const opensDrive = ({ scope }: AccessToken): boolean =>
  scope === 'drive-read' || scope === 'drive-write';

interface Props {
  readonly token: AccessToken;
  /** In whose words it is spoken of. */
  readonly words: 'programs' | 'drive';
}

/** A token that works, with what ends it. */
export function TokenRow({ token, words }: Props) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const say = useSay();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => api.programs.revoke(token.id),
    onSuccess: () => say.done(t(`settings.${words}.ended`, { label: token.label })),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: TOKENS }),
  });
  return (
    <li className={classes['row']}>
      <div>
        <Text fw={600}>{token.label}</Text>
        <Text c="dimmed">
          {t(`settings.programs.can.${token.scope}`)}
          {token.byProvider && ` · ${t('settings.programs.byProvider')}`}
        </Text>
        <Text c="dimmed">
          {t('settings.programs.until', { until: until(token.expiresAt, now, language) })}
          {' · '}
          {token.lastUsedAt === null ? (
            t('settings.programs.neverUsed')
          ) : (
            <>
              {t('settings.lastSeen', { when: '' })}
              <When at={token.lastUsedAt} />
            </>
          )}
        </Text>
      </div>
      <Button
        variant="default"
        loading={end.isPending}
        aria-label={t(`settings.${words}.endNamed`, { label: token.label })}
        onClick={() => end.mutate()}
      >
        {t('settings.programs.end')}
      </Button>
    </li>
  );
}
