import { Text, Title } from '@mantine/core';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { Waiting } from '../../parts/waiting.js';
import { useRecord } from '../record/record-queries.js';
import { NewReservation } from './new-reservation.js';
import { ReservationRow } from './reservation-row.js';
import { useReservations } from './reservation-queries.js';
import classes from './later.module.css';

/** A patient keeps places for viewers at a later time, and gives them up. */
export function LaterPage() {
  const { t } = useWords();
  const reservations = useReservations();
  const record = useRecord('');
  const failed = [reservations, record].find(({ isError }) => isError);
  if (failed !== undefined)
    return (
      <Page title={t('later.title')}>
        <Trouble error={failed.error} onAgain={() => void failed.refetch()} />
      </Page>
    );
  if (reservations.data === undefined || record.data === undefined) return <Waiting rows={3} height={120} />;
  const { reservations: kept, most, longestMinutes } = reservations.data;
  const items = record.data.filter(({ state }) => state === 'kept');
  return (
    <Page title={t('later.title')} lead={t('later.lead')}>
      {kept.length >= most ? (
        <Hint>{t('later.all')}</Hint>
      ) : items.length === 0 ? (
        <Hint>{t('later.empty')}</Hint>
      ) : (
        <NewReservation items={items} longestMinutes={longestMinutes} />
      )}
      <section aria-labelledby="kept">
        <Title order={2} id="kept" mb="sm">
          {t('later.yours')}
        </Title>
        {kept.length === 0 ? (
          <Text c="dimmed">{t('later.none')}</Text>
        ) : (
          <>
            <ul className={classes['list']}>
              {kept.map((one) => (
                <ReservationRow key={one.id} reservation={one} />
              ))}
            </ul>
            <Text c="dimmed" mt="sm">
              {t('later.come')}
            </Text>
          </>
        )}
      </section>
    </Page>
  );
}
