import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Empty } from '../../parts/empty.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { Waiting } from '../../parts/waiting.js';
import { AddViewer } from './add-viewer.js';
import { ViewerCard } from './viewer-card.js';
import { isUnderTest, LIVE_MS, VIEWERS } from './viewer-queries.js';

export function ViewersPage() {
  const { t } = useWords();
  const [adding, setAdding] = useState(false);
  const viewers = useQuery({
    queryKey: VIEWERS,
    queryFn: api.admin.viewers,
    refetchInterval: (query) => (query.state.data?.some(isUnderTest) === true ? LIVE_MS : 15_000),
  });
  return (
    <Page
      title={t('admin.viewers.title')}
      lead={t('admin.viewers.lead')}
      action={<Button onClick={() => setAdding(true)}>{t('admin.viewers.add')}</Button>}
    >
      {viewers.isError && <Trouble error={viewers.error} onAgain={() => void viewers.refetch()} />}
      {viewers.isPending && <Waiting rows={3} height={160} />}
      {viewers.data?.length === 0 && (
        <Empty title={t('admin.viewers.emptyTitle')} text={t('admin.viewers.emptyText')} />
      )}
      {viewers.data?.map((viewer) => (
        <ViewerCard key={viewer.id} viewer={viewer} />
      ))}
      <AddViewer opened={adding} onClose={() => setAdding(false)} />
    </Page>
  );
}
