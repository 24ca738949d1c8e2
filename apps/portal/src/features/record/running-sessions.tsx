import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { ButtonLink } from '../../parts/button-link.js';
import { useNow } from '../../parts/use-now.js';
import { timeLeft } from '../../words/times.js';
import classes from './running.module.css';

/** Viewers that this person has open now, so that a closed tab is not a lost view. */
export function RunningSessions() {
  const { t } = useWords();
  const now = useNow(15_000);
  const sessions = useQuery({ queryKey: ['sessions'], queryFn: api.sessions.list, refetchInterval: 15_000 });
  if (!sessions.data || sessions.data.length === 0) return null;
  return (
    <section aria-label={t('record.running.title')} className={classes['section']}>
      {sessions.data.map((session) => (
        <div key={session.id} className={classes['row']}>
          <span className={classes['dot']} aria-hidden="true" />
          <Text flex="1 1 12rem">
            <strong>{t('record.running.title')}:</strong> {session.title}
            <Text component="span" c="dimmed">
              {' · '}
              {session.step === 'waiting'
                ? t('viewer.step.waiting')
                : t('viewer.timeLeft', { time: timeLeft(new Date(session.expiresAt).getTime() - now) })}
            </Text>
          </Text>
          <ButtonLink to="/viewer/$sessionId" params={{ sessionId: session.id }} variant="default">
            {t('record.running.back')}
          </ButtonLink>
        </div>
      ))}
    </section>
  );
}
