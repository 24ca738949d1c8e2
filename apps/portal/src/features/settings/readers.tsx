import { Button, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { MadeReadingAddress, ReadingAddress } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { until } from '../../words/times.js';
import { Maker } from './maker.js';
import { NewReader } from './new-reader.js';
import { ReaderReady } from './reader-ready.js';
import classes from './settings.module.css';

const READERS = ['reading-addresses'];

/** Systems of hospitals that may search and fetch scans by DICOM, each by a title of its own. */
export function Readers() {
  const { t } = useWords();
  const queries = useQueryClient();
  const readers = useQuery({ queryKey: READERS, queryFn: api.readers.list });
  const listener = readers.data?.listener;
  const active = readers.data?.addresses.filter(({ state }) => state === 'active') ?? [];
  return (
    <>
      <Text c="dimmed">{t('settings.readers.lead')}</Text>
      {listener === null && <Hint>{t('settings.readers.closed')}</Hint>}
      {listener && (
        <Maker<MadeReadingAddress>
          start={t('settings.readers.start')}
          form={(onMade, onCancel) => (
            <NewReader
              onMade={(address) => {
                onMade(address);
                void queries.invalidateQueries({ queryKey: READERS });
              }}
              onCancel={onCancel}
            />
          )}
          ready={(made, onDone) => <ReaderReady made={made} listener={listener} onDone={onDone} />}
        />
      )}
      {readers.isError && <Trouble error={readers.error} onAgain={() => void readers.refetch()} />}
      {active.length > 0 && (
        <ul className={classes['list']}>
          {active.map((address) => (
            <ReaderRow key={address.id} address={address} />
          ))}
        </ul>
      )}
    </>
  );
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
