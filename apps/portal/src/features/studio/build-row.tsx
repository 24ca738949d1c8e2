import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Ask } from '../../parts/ask.js';
import { ButtonLink } from '../../parts/button-link.js';
import { useNow } from '../../parts/use-now.js';
import { useSay } from '../../parts/use-say.js';
import { until } from '../../words/times.js';
import { BUILDS } from './studio-queries.js';
import { SubmitBuild } from './submit-build.js';
import classes from './studio.module.css';

/** One open copy: until when, and the three things that one can do with it. */
export function BuildRow({ build }: { readonly build: SessionView }) {
  const { t, language } = useWords();
  const now = useNow(30_000);
  const say = useSay();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [submitting, setSubmitting] = useState(false);
  const discard = useMutation({
    mutationFn: () => api.studio.discard(build.id),
    onSuccess: () => say.done(t('studio.discarded')),
    onError: say.trouble,
    onSettled: async () => {
      setAsking(false);
      await queries.invalidateQueries({ queryKey: BUILDS });
    },
  });
  return (
    <article className={classes['row']} aria-labelledby={`build-${build.id}`}>
      <div className={classes['what']}>
        <Text fw={600} id={`build-${build.id}`}>
          {t('studio.copyOf', { title: build.title })}
        </Text>
        <Text c="dimmed">
          {build.state === 'ready'
            ? t('studio.endsAt', { when: until(build.expiresAt, now, language) })
            : t(`admin.sessions.stateName.${build.state}`)}
        </Text>
      </div>
      <Group gap="sm">
        <Button disabled={build.state !== 'ready'} onClick={() => setSubmitting(true)}>
          {t('studio.submit')}
        </Button>
        <ButtonLink to="/studio/$sessionId" params={{ sessionId: build.id }} variant="default">
          {t('studio.toScreen')}
        </ButtonLink>
        <Button variant="default" onClick={() => setAsking(true)}>
          {t('studio.discard')}
        </Button>
      </Group>
      <SubmitBuild build={build} opened={submitting} onClose={() => setSubmitting(false)} />
      <Ask
        opened={asking}
        title={t('studio.discardTitle')}
        text={t('studio.discardText')}
        yes={t('studio.discard')}
        danger
        busy={discard.isPending}
        onYes={() => discard.mutate()}
        onNo={() => setAsking(false)}
      />
    </article>
  );
}
