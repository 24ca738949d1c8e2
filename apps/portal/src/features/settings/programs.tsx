import { Button, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { AccessToken, MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { until } from '../../words/times.js';
import { NewProgram } from './new-program.js';
import { ProgramReady } from './program-ready.js';
import classes from './settings.module.css';

const PROGRAMS = ['access-tokens'];

/** Programs that may send scans to this record or read them, each by a key of its own. */
export function Programs() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [made, setMade] = useState<MadeAccessToken | null>(null);
  const tokens = useQuery({ queryKey: PROGRAMS, queryFn: api.programs.list });
  const active = tokens.data?.filter(({ state }) => state === 'active') ?? [];
  return (
    <>
      <Text c="dimmed">{t('settings.programs.lead')}</Text>
      {made === null ? (
        <NewProgram
          onMade={(token) => {
            setMade(token);
            void queries.invalidateQueries({ queryKey: PROGRAMS });
          }}
        />
      ) : (
        <ProgramReady made={made} onDone={() => setMade(null)} />
      )}
      {tokens.isError && <Trouble error={tokens.error} onAgain={() => void tokens.refetch()} />}
      {active.length > 0 && (
        <ul className={classes['list']} style={{ marginTop: 24 }}>
          {active.map((token) => (
            <ProgramRow key={token.id} token={token} />
          ))}
        </ul>
      )}
    </>
  );
}

function ProgramRow({ token }: { readonly token: AccessToken }) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const say = useSay();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => api.programs.revoke(token.id),
    onSuccess: () => say.done(t('settings.programs.ended', { label: token.label })),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: PROGRAMS }),
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
        aria-label={t('settings.programs.endNamed', { label: token.label })}
        onClick={() => end.mutate()}
      >
        {t('settings.programs.end')}
      </Button>
    </li>
  );
}
