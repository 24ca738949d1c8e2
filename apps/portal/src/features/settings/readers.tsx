import { Button, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { DicomListener, MadeReadingAddress, ReadingAddress } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { until } from '../../words/times.js';
import { NewReader } from './new-reader.js';
import { ReaderReady } from './reader-ready.js';
import classes from './settings.module.css';

const READERS = ['reading-addresses'];

/** Systems of hospitals that may search and fetch scans by DICOM, each by a title of its own. */
export function Readers() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [made, setMade] = useState<MadeReadingAddress | null>(null);
  const readers = useQuery({ queryKey: READERS, queryFn: api.readers.list });
  const active = readers.data?.addresses.filter(({ state }) => state === 'active') ?? [];
  return (
    <>
      <Text c="dimmed">{t('settings.readers.lead')}</Text>
      {readers.data?.listener === null && <Hint tone="warn">{t('settings.readers.closed')}</Hint>}
      {readers.data && readers.data.listener !== null && (
        <Making
          listener={readers.data.listener}
          made={made}
          onMade={(address) => {
            setMade(address);
            void queries.invalidateQueries({ queryKey: READERS });
          }}
        />
      )}
      {readers.isError && <Trouble error={readers.error} onAgain={() => void readers.refetch()} />}
      {active.length > 0 && (
        <ul className={classes['list']} style={{ marginTop: 24 }}>
          {active.map((address) => (
            <ReaderRow key={address.id} address={address} />
          ))}
        </ul>
      )}
    </>
  );
}

interface MakingProps {
  readonly listener: DicomListener;
  readonly made: MadeReadingAddress | null;
  readonly onMade: (made: MadeReadingAddress | null) => void;
}

function Making({ listener, made, onMade }: MakingProps) {
  if (made === null) return <NewReader onMade={onMade} />;
  return <ReaderReady made={made} listener={listener} onDone={() => onMade(null)} />;
}

function ReaderRow({ address }: { readonly address: ReadingAddress }) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const say = useSay();
  const queries = useQueryClient();
  const name = address.peerName;
  const end = useMutation({
    mutationFn: () => api.readers.revoke(address.id),
    onSuccess: () => say.done(t('settings.readers.ended', { name })),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: READERS }),
  });
  return (
    <li className={classes['row']}>
      <div>
        <Text fw={600}>{name}</Text>
        <Text c="dimmed">
          {address.providerName} · {address.peerAeTitle}
        </Text>
        <Text c="dimmed">
          {t('settings.programs.until', { until: until(address.expiresAt, now, language) })}
          {' · '}
          {address.lastUsedAt === null ? (
            t('settings.programs.neverUsed')
          ) : (
            <>
              {t('settings.lastSeen', { when: '' })}
              <When at={address.lastUsedAt} />
            </>
          )}
        </Text>
      </div>
      <Button
        variant="default"
        loading={end.isPending}
        aria-label={t('settings.readers.endNamed', { name })}
        onClick={() => end.mutate()}
      >
        {t('settings.programs.end')}
      </Button>
    </li>
  );
}
