import { Button, NativeSelect, Stack, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Empty } from '../../parts/empty.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { Page } from '../../parts/page.js';
import { Waiting } from '../../parts/waiting.js';
import { BuildRow } from './build-row.js';
import { Submitted } from './submitted.js';
import { basesQuery, BUILDS, buildsQuery } from './studio-queries.js';
import classes from './studio.module.css';

/** Where admins and vendors make viewers: a copy of one is opened, changed on its screen, and submitted. */
export function StudioPage() {
  const { t } = useWords();
  const builds = useQuery(buildsQuery);
  return (
    <Page title={t('studio.title')} lead={t('studio.lead')}>
      <OpenCopy />
      {builds.isError && <Trouble error={builds.error} onAgain={() => void builds.refetch()} />}
      {builds.isPending && <Waiting rows={2} height={80} />}
      {builds.data?.length === 0 && <Empty title={t('studio.emptyTitle')} text={t('studio.emptyText')} />}
      {builds.data !== undefined && builds.data.length > 0 && (
        <section aria-labelledby="open-copies">
          <Title order={2} fz="lg" id="open-copies">
            {t('studio.running')}
          </Title>
          {builds.data.map((build) => (
            <BuildRow key={build.id} build={build} />
          ))}
        </section>
      )}
      <Submitted />
    </Page>
  );
}

function OpenCopy() {
  const { t } = useWords();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState('');
  const viewers = useQuery(basesQuery);
  const open = useMutation({
    mutationFn: api.studio.open,
    onSuccess: ({ id }) => {
      void queries.invalidateQueries({ queryKey: BUILDS });
      void navigate({ to: '/studio/$sessionId', params: { sessionId: id } });
    },
  });
  const bases = viewers.data ?? [];
  const base = bases.some(({ id }) => id === chosen) ? chosen : (bases[0]?.id ?? '');
  if (viewers.isSuccess && bases.length === 0) return <Hint>{t('studio.noBase')}</Hint>;
  return (
    <form
      className={classes['open']}
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate(base);
      }}
    >
      <Stack gap="sm">
        {open.isError && <Trouble error={open.error} />}
        <div className={classes['line']}>
          <NativeSelect
            className={classes['base'] ?? ''}
            label={t('studio.base')}
            data={bases.map(({ id, title }) => ({ value: id, label: title }))}
            value={base}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
          <Button type="submit" loading={open.isPending} disabled={base === ''}>
            {t('studio.open')}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
