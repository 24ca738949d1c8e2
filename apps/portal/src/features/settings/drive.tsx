import { Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { DriveReady } from './drive-ready.js';
import { Maker } from './maker.js';
import { NewToken } from './new-token.js';
import { opensDrive, TOKENS, TokenRow } from './token-row.js';
import classes from './settings.module.css';

/** The network drive: app passwords, one for each device. */
export function Drive() {
  const { t } = useWords();
  const queries = useQueryClient();
  const tokens = useQuery({ queryKey: TOKENS, queryFn: api.programs.list });
  const active = tokens.data?.filter((token) => token.state === 'active' && opensDrive(token)) ?? [];
  return (
    <>
      <Text c="dimmed">{t('settings.drive.lead')}</Text>
      <Maker<MadeAccessToken>
        start={t('settings.drive.start')}
        form={(onMade, onCancel) => (
          <NewToken
            words="drive"
            scopes={[
              { value: 'drive-write', label: t('settings.drive.write') },
              { value: 'drive-read', label: t('settings.drive.read') },
            ]}
            terms={['quarter', 'year', 'years']}
            usualTerm="year"
            onMade={(token) => {
              onMade(token);
              void queries.invalidateQueries({ queryKey: TOKENS });
            }}
            onCancel={onCancel}
          />
        )}
        ready={(made, onDone) => <DriveReady made={made} onDone={onDone} />}
      />
      {tokens.isError && <Trouble error={tokens.error} onAgain={() => void tokens.refetch()} />}
      {active.length > 0 && (
        <ul className={classes['list']}>
          {active.map((token) => (
            <TokenRow key={token.id} token={token} words="drive" />
          ))}
        </ul>
      )}
    </>
  );
}
