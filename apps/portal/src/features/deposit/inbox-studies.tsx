import { Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import classes from './deposit.module.css';
import { InboxStudyRow } from './inbox-study-row.js';
import { INBOX } from './inbox-query.js';

/** What the provider's PACS sent without saying for whom; shown only when there is something. */
export function InboxStudies() {
  const { t } = useWords();
  const inbox = useQuery({ queryKey: INBOX, queryFn: api.dicom.inbox, refetchInterval: 15_000 });
  if (inbox.isError) return <Trouble error={inbox.error} onAgain={() => void inbox.refetch()} />;
  if (inbox.data === undefined || inbox.data.length === 0) return null;
  return (
    <section aria-labelledby="waiting">
      <Title order={2} id="waiting" mb="xs">
        {t('deposit.inbox.title')}
      </Title>
      <Text mb="sm">{t('deposit.inbox.lead')}</Text>
      <ul className={classes['list']}>
        {inbox.data.map((study) => (
          <InboxStudyRow key={study.id} study={study} />
        ))}
      </ul>
    </section>
  );
}
