import { Button, SegmentedControl, Text, Title } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { AuditLine } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Empty } from '../../parts/empty.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { useNow } from '../../parts/use-now.js';
import { Waiting } from '../../parts/waiting.js';
import { isLook } from '../../words/audit-looks.js';
import { dayHeading, sameDay } from '../../words/times.js';
import { AuditRow } from './audit-row.js';
import classes from './audit.module.css';

const PAGE = 50;

export function AuditPage() {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const [show, setShow] = useState('looks');
  const audit = useInfiniteQuery({
    queryKey: ['audit', 'pages'],
    queryFn: ({ pageParam }) => api.audit.list(pageParam, PAGE),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => (last.more ? last.events.at(-1)?.sequence : undefined),
  });
  const all = audit.data?.pages.flatMap((page) => page.events) ?? [];
  const lines = show === 'looks' ? all.filter(isLook) : all;
  return (
    <Page title={t('audit.title')} lead={t('audit.lead')}>
      <SegmentedControl
        maw={480}
        aria-label={t('audit.filter')}
        value={show}
        onChange={setShow}
        data={[
          { value: 'looks', label: t('audit.onlyLooks') },
          { value: 'all', label: t('audit.everything') },
        ]}
      />
      {audit.isError && <Trouble error={audit.error} onAgain={() => void audit.refetch()} />}
      {audit.isPending && <Waiting rows={6} height={56} />}
      {audit.isSuccess && lines.length === 0 && !audit.hasNextPage && (
        <Empty
          title={t(all.length === 0 ? 'audit.emptyTitle' : 'audit.emptyLooksTitle')}
          text={t(all.length === 0 ? 'audit.emptyText' : 'audit.emptyLooksText')}
        />
      )}
      {byDay(lines).map((day) => (
        <section key={day.at} aria-labelledby={`day-${day.at}`}>
          <Title order={2} fz="lg" id={`day-${day.at}`} mb="xs">
            {dayHeading(day.at, now, language)}
          </Title>
          <ol className={classes['list']}>
            {day.lines.map((line) => (
              <AuditRow key={line.sequence} line={line} />
            ))}
          </ol>
        </section>
      ))}
      {audit.hasNextPage && (
        <Button
          variant="default"
          loading={audit.isFetchingNextPage}
          onClick={() => void audit.fetchNextPage()}
          style={{ alignSelf: 'flex-start' }}
        >
          {t('audit.older')}
        </Button>
      )}
      {audit.isSuccess && lines.length > 0 && !audit.hasNextPage && (
        <Text c="dimmed">{t('audit.oldest')}</Text>
      )}
    </Page>
  );
}

function byDay(lines: readonly AuditLine[]): { at: string; lines: AuditLine[] }[] {
  const days: { at: string; lines: AuditLine[] }[] = [];
  for (const line of lines) {
    const last = days.at(-1);
    if (last !== undefined && sameDay(last.at, line.at)) last.lines.push(line);
    else days.push({ at: line.at, lines: [line] });
  }
  return days;
}
