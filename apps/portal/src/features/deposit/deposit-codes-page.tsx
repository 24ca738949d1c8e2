import { Button, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { DepositCode } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { until } from '../../words/times.js';
import { CodeReady, type MadeCode } from './code-ready.js';
import { NewCode } from './new-code.js';
import classes from './deposit.module.css';

const CODES = ['deposit-codes'];

/** The patient makes codes for those who send scans, and ends them. */
export function DepositCodesPage() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [made, setMade] = useState<MadeCode | null>(null);
  const codes = useQuery({ queryKey: CODES, queryFn: api.deposits.codes });
  return (
    <Page title={t('deposit.codes.title')} lead={t('deposit.codes.lead')}>
      {made === null ? (
        <NewCode
          onMade={(code) => {
            setMade(code);
            void queries.invalidateQueries({ queryKey: CODES });
          }}
        />
      ) : (
        <CodeReady made={made} onDone={() => setMade(null)} />
      )}
      <section aria-labelledby="codes">
        <Title order={2} id="codes" mb="sm">
          {t('deposit.codes.listTitle')}
        </Title>
        {codes.isError && <Trouble error={codes.error} onAgain={() => void codes.refetch()} />}
        {codes.data?.length === 0 && <Text c="dimmed">{t('deposit.codes.empty')}</Text>}
        {codes.data !== undefined && codes.data.length > 0 && (
          <ul className={classes['list']}>
            {codes.data.map((code) => (
              <CodeRow key={code.id} code={code} />
            ))}
          </ul>
        )}
      </section>
    </Page>
  );
}

function CodeRow({ code }: { readonly code: DepositCode }) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const say = useSay();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => api.deposits.revokeCode(code.id),
    onSuccess: () => say.done(t('deposit.codes.ended', { label: code.label })),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: CODES }),
  });
  const active = code.state === 'active';
  return (
    <li className={classes['row']}>
      <div>
        <Text fw={600} fz="lg">
          {code.label}
        </Text>
        <Text c="dimmed">
          {active
            ? t('deposit.codes.until', { until: until(code.expiresAt, now, language) })
            : t(`deposit.codes.states.${code.state}`)}
          {' · '}
          {t('deposit.codes.usesOf', { uses: code.uses, maximum: code.maximumUses })}
        </Text>
      </div>
      {active && (
        <Button
          variant="default"
          loading={end.isPending}
          aria-label={t('deposit.codes.endNamed', { label: code.label })}
          onClick={() => end.mutate()}
        >
          {t('deposit.codes.end')}
        </Button>
      )}
    </li>
  );
}
