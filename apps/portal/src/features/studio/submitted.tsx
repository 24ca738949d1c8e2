import { Badge, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { AdmissionChecks } from '../admin/admission-checks.js';
import { submittedQuery } from './studio-queries.js';
import classes from './studio.module.css';

/** What the person has submitted: how its test went, and whether an admin has approved it. */
export function Submitted() {
  const { t } = useWords();
  const submitted = useQuery(submittedQuery);
  if (submitted.isError) return <Trouble error={submitted.error} onAgain={() => void submitted.refetch()} />;
  if (submitted.data === undefined || submitted.data.length === 0) return null;
  return (
    <section aria-labelledby="submitted">
      <Title order={2} fz="lg" id="submitted">
        {t('studio.submitted')}
      </Title>
      {submitted.data.map((viewer) => (
        <article key={viewer.id} className={classes['row']} aria-labelledby={`submitted-${viewer.id}`}>
          <div className={classes['what']}>
            <Text fw={600} id={`submitted-${viewer.id}`}>
              {viewer.title}
            </Text>
            <Text c="dimmed">{viewer.sentence}</Text>
          </div>
          <Badge variant="light" color={viewer.state === 'refused' ? 'red' : 'petrol'}>
            {t(`admin.viewers.state.${viewer.state}`)}
          </Badge>
          {viewer.state === 'refused' && viewer.admission !== null && (
            <AdmissionChecks checks={viewer.admission.checks} />
          )}
        </article>
      ))}
    </section>
  );
}
