import { Button, Drawer, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Hint, Trouble } from '../../parts/notes.js';
import { AdmissionChecks } from './admission-checks.js';
import { isUnderTest, LIVE_MS, VIEWERS } from './viewer-queries.js';
import classes from './admin.module.css';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** From a reference to an offered viewer: each check of the admission test is shown as it is done. */
export function AddViewer({ opened, onClose }: Props) {
  const { t } = useWords();
  const queries = useQueryClient();
  const [reference, setReference] = useState('');
  const [missing, setMissing] = useState(false);
  const add = useMutation({
    mutationFn: api.admin.addViewer,
    onSettled: () => queries.invalidateQueries({ queryKey: VIEWERS, exact: true }),
  });
  const id = add.data?.id;
  const viewer = useQuery({
    queryKey: [...VIEWERS, id],
    queryFn: () => api.admin.viewer(id ?? ''),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data && isUnderTest(query.state.data) ? LIVE_MS : false),
  });
  const close = () => {
    onClose();
    add.reset();
    setReference('');
    void queries.invalidateQueries({ queryKey: VIEWERS });
  };
  const { state, admission } = viewer.data ?? add.data ?? {};
  return (
    <Drawer
      opened={opened}
      onClose={close}
      size={520}
      title={t('admin.viewers.add')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack gap="lg">
        {add.isError && <Trouble error={add.error} />}
        {id === undefined ? (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              setMissing(reference.trim() === '');
              if (reference.trim() !== '') add.mutate(reference.trim());
            }}
          >
            <Stack gap="lg">
              <TextInput
                label={t('admin.viewers.reference')}
                description={t('admin.viewers.referenceHint')}
                data-autofocus
                spellCheck={false}
                value={reference}
                onChange={(event) => setReference(event.currentTarget.value)}
                error={missing && t('admin.viewers.needReference')}
              />
              <Button type="submit" loading={add.isPending}>
                {t('admin.viewers.startTest')}
              </Button>
            </Stack>
          </form>
        ) : (
          <>
            <div>
              <Text fz="lg" fw={600}>
                {viewer.data?.title ?? add.data?.title}
              </Text>
              <Text className={classes['mono'] ?? ''}>{add.data?.imageDigest}</Text>
            </div>
            {state === 'testing' && (
              <Text c="dimmed" role="status">
                {t('admin.viewers.testing')}
              </Text>
            )}
            {viewer.isError && <Trouble error={viewer.error} onAgain={() => void viewer.refetch()} />}
            {admission && <AdmissionChecks checks={admission.checks} />}
            {state === 'offered' && <Hint>{t('admin.viewers.passed')}</Hint>}
            {state === 'refused' && <Hint tone="warn">{t('admin.viewers.notPassed')}</Hint>}
            {admission?.passed === true && viewer.data?.hasIcon === true && (
              <div className={classes['shot']} data-large>
                <img
                  src={`/api/viewers/${encodeURIComponent(id)}/icon`}
                  alt={t('admin.viewers.icon', { title: viewer.data.title })}
                />
              </div>
            )}
            <Button variant="light" onClick={close}>
              {t('close')}
            </Button>
          </>
        )}
      </Stack>
    </Drawer>
  );
}
