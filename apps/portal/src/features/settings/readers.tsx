import { Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { MadeReadingAddress, ReadingAddress } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { AccessRow } from './access-row.js';
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
  const { t } = useWords();
  const name = address.peerName;
  return (
    <AccessRow
      name={name}
      detail={`${address.providerName} · ${address.peerAeTitle}`}
      access={address}
      words={{
        end: t('settings.readers.endNamed', { name }),
        ended: t('settings.readers.ended', { name }),
      }}
      list={READERS}
      onEnd={() => api.readers.revoke(address.id)}
    />
  );
}
