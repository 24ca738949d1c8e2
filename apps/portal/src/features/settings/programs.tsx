import { Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { Maker } from './maker.js';
import { NewToken } from './new-token.js';
import { ProgramReady } from './program-ready.js';
import { opensDrive, TOKENS, TokenRow } from './token-row.js';
import classes from './settings.module.css';

/** Programs that may send scans to this record or read them, each by a key of its own. */
export function Programs() {
  const { t } = useWords();
  const queries = useQueryClient();
  const tokens = useQuery({ queryKey: TOKENS, queryFn: api.programs.list });
  const active = tokens.data?.filter((token) => token.state === 'active' && !opensDrive(token)) ?? [];
  return (
    <>
      <Text c="dimmed">{t('settings.programs.lead')}</Text>
      <Maker<MadeAccessToken>
        start={t('settings.programs.start')}
        form={(onMade, onCancel) => (
          <NewToken
            words="programs"
            scopes={[
              { value: 'read', label: t('settings.programs.read') },
              { value: 'deposit', label: t('settings.programs.deposit') },
            ]}
            terms={['week', 'quarter', 'year']}
            usualTerm="quarter"
            onMade={(token) => {
              onMade(token);
              void queries.invalidateQueries({ queryKey: TOKENS });
            }}
            onCancel={onCancel}
          />
        )}
        ready={(made, onDone) => <ProgramReady made={made} onDone={onDone} />}
      />
      {tokens.isError && <Trouble error={tokens.error} onAgain={() => void tokens.refetch()} />}
      {active.length > 0 && (
        <ul className={classes['list']}>
          {active.map((token) => (
            <TokenRow key={token.id} token={token} words="programs" />
          ))}
        </ul>
      )}
    </>
  );
}
