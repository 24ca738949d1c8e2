import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { ItemKind } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { ButtonLink } from '../../parts/button-link.js';
import { Empty } from '../../parts/empty.js';
import { Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { Waiting } from '../../parts/waiting.js';
import { KeptPlaces } from '../later/kept-places.js';
import { KindFilter } from './kind-filter.js';
import { Losses } from './losses.js';
import { NoMatch } from './no-match.js';
import { PendingDeposits } from './pending-deposits.js';
import { RecordFoot } from './record-foot.js';
import { useRecord } from './record-queries.js';
import { RunningSessions } from './running-sessions.js';
import { SelectionBar } from './selection-bar.js';
import { Timeline } from './timeline.js';

export function RecordPage() {
  const { t } = useWords();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), 250);
  const [selection, setSelection] = useState<ReadonlySet<string> | null>(null);
  const [kind, setKind] = useState<ItemKind>();
  const whole = useRecord('');
  const record = useRecord(asked, kind);
  const all = whole.data ?? [];
  const pending = all.filter((item) => item.state === 'pending');
  const allKept = all.filter((item) => item.state === 'kept');
  const kept = (record.data ?? []).filter((item) => item.state === 'kept');
  const narrowed = asked !== '' || kind !== undefined;
  const untouched = whole.isSuccess && all.length === 0 && !narrowed;

  const select = (id: string, selected: boolean) => {
    const next = new Set(selection);
    if (selected) next.add(id);
    else next.delete(id);
    setSelection(next);
  };

  if (untouched)
    return (
      <Page title={t('record.title')}>
        <Losses />
        <Empty title={t('record.empty.title')} text={t('record.empty.text')}>
          <Group gap="sm" justify="center">
            <ButtonLink to="/add">{t('record.add')}</ButtonLink>
            <ButtonLink to="/hospital" variant="default">
              {t('nav.hospital')}
            </ButtonLink>
          </Group>
        </Empty>
      </Page>
    );

  return (
    <Page title={t('record.title')}>
      <RunningSessions />
      <KeptPlaces />
      <Losses />
      <PendingDeposits items={pending} />
      <Group gap="sm" align="center">
        <TextInput
          type="search"
          aria-label={t('record.search')}
          placeholder={t('record.search')}
          leftSection={<IconSearch size={24} stroke={1.5} aria-hidden="true" />}
          rightSection={
            search === '' ? null : (
              <ActionIcon aria-label={t('record.searchClear')} onClick={() => setSearch('')}>
                <IconX size={24} stroke={1.5} aria-hidden="true" />
              </ActionIcon>
            )
          }
          rightSectionWidth={48}
          leftSectionWidth={48}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          flex="1 1 16rem"
        />
        {allKept.length > 1 && (
          <Button variant="subtle" onClick={() => setSelection(selection === null ? new Set() : null)}>
            {t(selection === null ? 'record.select' : 'record.selectDone')}
          </Button>
        )}
      </Group>
      <KindFilter items={allKept} kind={kind} onKind={setKind} />
      <div aria-live="polite">
        {narrowed && record.isSuccess && kept.length > 0 && (
          <Text c="dimmed">{t('record.found', { count: kept.length })}</Text>
        )}
        {narrowed && record.isSuccess && kept.length === 0 && (
          <NoMatch
            search={asked}
            kind={kind}
            onAllKinds={() => setKind(undefined)}
            onClear={() => setSearch('')}
          />
        )}
      </div>
      {record.isError && <Trouble error={record.error} onAgain={() => void record.refetch()} />}
      {record.isPending && <Waiting rows={5} height={88} />}
      <Timeline items={kept} selection={selection} onSelect={select} />
      {!narrowed && selection === null && <RecordFoot items={allKept} />}
      {selection !== null && (
        <SelectionBar
          items={kept.filter((item) => selection.has(item.id))}
          onDone={() => setSelection(null)}
        />
      )}
    </Page>
  );
}
