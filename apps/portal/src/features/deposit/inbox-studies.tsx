import { Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { When } from '../../parts/when.js';
import classes from './deposit.module.css';
import { InboxStudyRow } from './inbox-study-row.js';
import { INBOX } from './inbox-query.js';

const LOOK_MS = 5_000;

/** What the provider's systems sent, or are sending, without saying for whom; shown only when there is something. */
export function InboxStudies() {
  const { t } = useWords();
  const inbox = useQuery({ queryKey: INBOX, queryFn: api.dicom.inbox, refetchInterval: LOOK_MS });
  if (inbox.isError) return <Trouble error={inbox.error} onAgain={() => void inbox.refetch()} />;
  if (inbox.data === undefined || inbox.data.length === 0) return null;
  const [latest] = inbox.data.filter(({ state }) => state === 'arriving');
  const waiting = inbox.data.filter(({ state }) => state === 'waiting');
  return (
    <section aria-labelledby="waiting">
      <Title order={2} id="waiting" mb="xs">
        {t('deposit.inbox.title')}
      </Title>
      {waiting.length > 0 && <Text mb="sm">{t('deposit.inbox.lead')}</Text>}
      <ul className={classes['list']} aria-live="polite">
        {latest !== undefined && (
          <li className={classes['row']}>
            <div>
              <Text fw={600}>{t('deposit.inbox.arriving')}</Text>
              <Text c="dimmed">
                {t('deposit.inbox.arrivingSince')} <When at={latest.arrivedAt} />
                {' · '}
                {t('deposit.inbox.arrivingHint')}
              </Text>
            </div>
          </li>
        )}
        {waiting.map((study) => (
          <InboxStudyRow key={study.id} study={study} />
        ))}
      </ul>
    </section>
  );
}
