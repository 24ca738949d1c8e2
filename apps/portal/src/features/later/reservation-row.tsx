import { Button, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Reservation } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { clock, until } from '../../words/times.js';
import { useOpen } from '../record/use-open.js';
import { RESERVATIONS } from './reservation-queries.js';
import classes from './later.module.css';

export function ReservationRow({ reservation }: { readonly reservation: Reservation }) {
  const { t, language } = useWords();
  const now = useNow(15_000);
  const say = useSay();
  const queries = useQueryClient();
  const open = useOpen();
  const giveUp = useMutation({
    mutationFn: () => api.reservations.cancel(reservation.id),
    onSuccess: () => say.done(t('later.givenUp')),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: RESERVATIONS }),
  });
  const { title, itemIds, viewerId, beginsAt, endsAt, opensAt } = reservation;
  return (
    <li className={classes['row']}>
      <div>
        <Text fw={600} fz="lg" className={classes['when'] ?? ''}>
          {t('later.span', { begins: until(beginsAt, now, language), ends: clock(endsAt, language) })}
        </Text>
        <Text c="dimmed">{title}</Text>
      </div>
      <div className={classes['acts']}>
        {new Date(opensAt).getTime() <= now && (
          <Button
            loading={open.isPending}
            onClick={() => open.open(viewerId === null ? { itemIds } : { itemIds, viewerId })}
          >
            {t('later.open')}
          </Button>
        )}
        <Button
          variant="default"
          loading={giveUp.isPending}
          aria-label={t('later.giveUpNamed', { title })}
          onClick={() => giveUp.mutate()}
        >
          {t('later.giveUp')}
        </Button>
      </div>
      {open.question}
    </li>
  );
}
