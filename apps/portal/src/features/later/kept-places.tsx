import { Text } from '@mantine/core';
import { useWords } from '../../app/use-words.js';
import { ButtonLink } from '../../parts/button-link.js';
import { useNow } from '../../parts/use-now.js';
import { clock, until } from '../../words/times.js';
import { useReservations } from './reservation-queries.js';
import classes from './later.module.css';

/** Places that are kept for this person, above the record; nothing where there are none. */
export function KeptPlaces() {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const kept = useReservations().data?.reservations ?? [];
  if (kept.length === 0) return null;
  return (
    <section aria-label={t('later.yours')} className={classes['list']}>
      {kept.map(({ id, title, beginsAt, endsAt }) => (
        <div key={id} className={classes['row']}>
          <Text flex="1 1 12rem">
            <strong>{t('later.yours')}:</strong>{' '}
            {t('later.span', { begins: until(beginsAt, now, language), ends: clock(endsAt, language) })}
            <Text component="span" c="dimmed">
              {' · '}
              {title}
            </Text>
          </Text>
          <ButtonLink to="/later" variant="default">
            {t('later.see')}
          </ButtonLink>
        </div>
      ))}
    </section>
  );
}
