import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { SessionAdmin } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Ask } from '../../parts/ask.js';
import { Empty } from '../../parts/empty.js';
import { Listing } from '../../parts/listing.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { Waiting } from '../../parts/waiting.js';
import { When } from '../../parts/when.js';
import { until } from '../../words/times.js';
import { number } from '../../words/sizes.js';

const SESSIONS = ['admin', 'sessions'];

/** What runs, since when and with how much; never what is in it. */
export function SessionsPage() {
  const { t, language } = useWords();
  const now = useNow(30_000);
  const say = useSay();
  const queries = useQueryClient();
  const [asked, setAsked] = useState<SessionAdmin | null>(null);
  const sessions = useQuery({ queryKey: SESSIONS, queryFn: api.admin.sessions, refetchInterval: 5000 });
  const end = useMutation({
    mutationFn: (id: string) => api.admin.endSession(id),
    onSuccess: () => say.done(t('admin.sessions.ended')),
    onError: say.trouble,
    onSettled: async () => {
      setAsked(null);
      await queries.invalidateQueries({ queryKey: SESSIONS });
    },
  });
  return (
    <Page title={t('admin.sessions.title')} lead={t('admin.sessions.lead')}>
      {sessions.isError && <Trouble error={sessions.error} onAgain={() => void sessions.refetch()} />}
      {sessions.isPending && <Waiting rows={3} height={56} />}
      {sessions.data?.length === 0 && (
        <Empty title={t('admin.sessions.emptyTitle')} text={t('admin.sessions.emptyText')} />
      )}
      {sessions.data !== undefined && sessions.data.length > 0 && (
        <Listing
          label={t('admin.sessions.title')}
          rows={sessions.data}
          keyOf={(row) => row.id}
          columns={[
            { name: t('admin.sessions.viewer'), cell: (row) => row.viewerTitle },
            { name: t('admin.sessions.state'), cell: (row) => t(`admin.sessions.stateName.${row.state}`) },
            { name: t('admin.sessions.since'), cell: (row) => <When at={row.createdAt} /> },
            { name: t('admin.sessions.until'), cell: (row) => until(row.expiresAt, now, language) },
            { name: t('admin.sessions.people'), cell: (row) => row.participants },
            {
              name: t('admin.sessions.memory'),
              cell: (row) => t('admin.sessions.atMost', { memory: `${number(row.memoryMiB, language)} MiB` }),
            },
          ]}
          act={(row) => (
            <Button
              variant="default"
              aria-label={t('admin.sessions.endNamed', { viewer: row.viewerTitle })}
              onClick={() => setAsked(row)}
            >
              {t('admin.sessions.end')}
            </Button>
          )}
        />
      )}
      <Ask
        opened={asked !== null}
        title={t('admin.sessions.endTitle')}
        text={t('admin.sessions.endText')}
        yes={t('admin.sessions.end')}
        danger
        busy={end.isPending}
        onYes={() => asked !== null && end.mutate(asked.id)}
        onNo={() => setAsked(null)}
      />
    </Page>
  );
}
