import { Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { NewProgram } from './new-program.js';
import { ProgramReady } from './program-ready.js';
import { opensDrive, TOKENS, TokenRow } from './token-row.js';
import classes from './settings.module.css';

/** Programs that may send scans to this record or read them, each by a key of its own. */
export function Programs() {
  const { t } = useWords();
  const queries = useQueryClient();
  const [made, setMade] = useState<MadeAccessToken | null>(null);
  const tokens = useQuery({ queryKey: TOKENS, queryFn: api.programs.list });
  const active = tokens.data?.filter((token) => token.state === 'active' && !opensDrive(token)) ?? [];
  return (
    <>
      <Text c="dimmed">{t('settings.programs.lead')}</Text>
      {made === null ? (
        <NewProgram
          onMade={(token) => {
            setMade(token);
            void queries.invalidateQueries({ queryKey: TOKENS });
          }}
        />
      ) : (
        <ProgramReady made={made} onDone={() => setMade(null)} />
      )}
      {tokens.isError && <Trouble error={tokens.error} onAgain={() => void tokens.refetch()} />}
      {active.length > 0 && (
        <ul className={classes['list']} style={{ marginTop: 24 }}>
          {active.map((token) => (
            <TokenRow key={token.id} token={token} words="programs" />
          ))}
        </ul>
      )}
    </>
  );
}
