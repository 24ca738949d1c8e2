import { Button, Group, NativeSelect, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { ProblemError } from '../../api/problem.js';
import type { Item, NewReservation as Wish } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { useHash } from '../../parts/use-hash.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { clock, dayOf, longDate, until } from '../../words/times.js';
import { Choice } from '../share/choice.js';
import { RESERVATIONS } from './reservation-queries.js';
import classes from './later.module.css';

const DAY = 24 * 60 * 60_000;
const DAYS_AHEAD = 14;
const LENGTHS = [30, 60, 120];

interface Props {
  readonly items: readonly Item[];
  /** No place is kept for longer. */
  readonly longestMinutes: number;
}

export function NewReservation({ items, longestMinutes }: Props) {
  const { t, language } = useWords();
  const now = useNow(60_000);
  const say = useSay();
  const queries = useQueryClient();
  const chosen = useHash();
  const lengths = LENGTHS.filter((minutes) => minutes <= longestMinutes);
  const choices = lengths.length > 0 ? lengths : [longestMinutes];
  const form = useForm({
    initialValues: {
      itemId: items.some(({ id }) => id === chosen) ? chosen : '',
      day: dayOf(now + DAY),
      time: '10:00',
      minutes: String(choices.includes(60) ? 60 : choices[0]),
    },
    validate: {
      itemId: (id) => (id === '' ? t('later.needWhat') : null),
      day: (day) => (day < dayOf(now) || day > dayOf(now + DAYS_AHEAD * DAY) ? t('later.needDay') : null),
      time: (time) => (/^\d\d:\d\d/.test(time) ? null : t('later.needTime')),
    },
  });
  const keep = useMutation({
    mutationFn: (wish: Wish) => api.reservations.make(wish),
    onSuccess: ({ beginsAt }) => {
      say.done(t('later.kept', { when: until(beginsAt, Date.now(), language) }));
      form.setFieldValue('itemId', '');
      void queries.invalidateQueries({ queryKey: RESERVATIONS });
    },
  });
  const { itemId, day, time, minutes } = form.values;
  const keepFrom = (beginsAt: Date) =>
    keep.mutate({ itemIds: [itemId], beginsAt: beginsAt.toISOString(), minutes: Number(minutes) });
  const nextFree = keep.error instanceof ProblemError ? keep.error.nextFree : undefined;
  const takeNext = (at: string) => {
    form.setValues({ day: dayOf(new Date(at).getTime()), time: timeOf(new Date(at)) });
    keepFrom(new Date(at));
  };
  return (
    <form
      noValidate
      className={classes['form']}
      // What was typed is the time of this person's own clock.
      onSubmit={form.onSubmit(() => keepFrom(new Date(`${day}T${time}`)))}
    >
      <Stack gap="lg">
        <NativeSelect
          label={t('later.what')}
          data={[
            { value: '', label: t('later.choose'), disabled: true },
            ...items.map(({ id, title, takenOn }) => ({
              value: id,
              label: takenOn === null ? title : `${title}, ${longDate(takenOn, language)}`,
            })),
          ]}
          {...form.getInputProps('itemId')}
        />
        <div className={classes['pair']}>
          <TextInput
            type="date"
            label={t('later.day')}
            min={dayOf(now)}
            max={dayOf(now + DAYS_AHEAD * DAY)}
            {...form.getInputProps('day')}
          />
          <TextInput type="time" label={t('later.time')} {...form.getInputProps('time')} />
        </div>
        {choices.length > 1 && (
          <Choice label={t('later.howLong')}>
            <SegmentedControl
              data={choices.map((length) => ({ value: String(length), label: lengthWords(length) }))}
              {...form.getInputProps('minutes')}
            />
          </Choice>
        )}
        {keep.isError && <Trouble error={keep.error} />}
        {nextFree !== undefined && (
          <Hint>
            <Group gap="sm" justify="space-between">
              <Text>
                {t('later.nextFree', {
                  when: t('later.span', {
                    begins: until(nextFree, now, language),
                    ends: clock(
                      new Date(Date.parse(nextFree) + Number(minutes) * 60_000).toISOString(),
                      language,
                    ),
                  }),
                })}
              </Text>
              <Button variant="default" onClick={() => takeNext(nextFree)}>
                {t('later.takeIt')}
              </Button>
            </Group>
          </Hint>
        )}
        <Button type="submit" loading={keep.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('later.keep')}
        </Button>
      </Stack>
    </form>
  );

  function lengthWords(length: number): string {
    if (length < 60) return t('later.minutes', { minutes: length });
    return length === 60 ? t('later.hour') : t('later.hours', { hours: length / 60 });
  }
}

const timeOf = (at: Date): string =>
  `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
