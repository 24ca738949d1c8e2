import { Button, Popover, Stack, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Participant, SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import classes from './viewer-bar.module.css';

const SHOWN = 4;

/** Who is looking, as initials; names, since when and “Send out” behind them. */
export function People({ session }: { readonly session: SessionView }) {
  const { t } = useWords();
  const people = session.participants;
  if (people.length === 0) return null;
  return (
    <Popover position="bottom" shadow="md" width={320} withArrow trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes['people'] ?? ''}>
          <VisuallyHidden>
            {t('viewer.peopleCount', { count: people.length })}: {people.map((one) => one.name).join(', ')}
          </VisuallyHidden>
          {people.slice(0, SHOWN).map((one) => (
            <span
              key={one.id}
              className={classes['person']}
              data-you={one.you || undefined}
              aria-hidden="true"
            >
              {one.initials}
            </span>
          ))}
          {people.length > SHOWN && (
            <span className={classes['person']} aria-hidden="true">
              +{people.length - SHOWN}
            </span>
          )}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-label={t('viewer.people')}>
        <Stack gap={0}>
          {people.map((one) => (
            <Person key={one.id} person={one} session={session} />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Person({ person, session }: { readonly person: Participant; readonly session: SessionView }) {
  const { t } = useWords();
  const say = useSay();
  const sendOut = useMutation({
    mutationFn: () => api.sessions.sendOut(session.id, person.id),
    onSuccess: () => say.done(t('viewer.sentOut', { name: person.name })),
    onError: say.trouble,
  });
  return (
    <div className={classes['row']}>
      <span className={classes['person']} data-you={person.you || undefined} aria-hidden="true">
        {person.initials}
      </span>
      <div>
        <Text fw={600}>
          {person.name}
          {person.you && ` (${t('you')})`}
        </Text>
        <Text c="dimmed">
          {t(person.control === 'control' ? 'viewer.steers' : 'viewer.looks')} · <When at={person.since} />
        </Text>
        {session.mine && !person.you && (
          <Button
            variant="default"
            mt="xs"
            loading={sendOut.isPending}
            aria-label={t('viewer.sendOutNamed', { name: person.name })}
            onClick={() => sendOut.mutate()}
          >
            {t('viewer.sendOut')}
          </Button>
        )}
      </div>
    </div>
  );
}
