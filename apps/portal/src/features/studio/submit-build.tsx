import { Button, Drawer, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { isInRange, isNotEmpty, matches, useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../../api/api.js';
import type { BuildBase, NewViewer, SessionView } from '../../api/types.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { useSay } from '../../parts/use-say.js';
import { VIEWERS } from '../admin/viewer-queries.js';
import { basesQuery, BUILDS, SUBMITTED } from './studio-queries.js';
import classes from './studio.module.css';

interface Props {
  readonly build: SessionView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** What the new viewer is called and what it may use; begins with what the original says. */
export function SubmitBuild({ build, opened, onClose }: Props) {
  const { t } = useWords();
  const bases = useQuery({ ...basesQuery, enabled: opened });
  const base = bases.data?.find(({ id }) => id === build.viewer.id);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      size={520}
      title={t('studio.submitNamed', { title: build.title })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {bases.isError && <Trouble error={bases.error} onAgain={() => void bases.refetch()} />}
      {base !== undefined && <Form build={build} base={base} />}
    </Drawer>
  );
}

function Form({ build, base }: { readonly build: SessionView; readonly base: BuildBase }) {
  const { t } = useWords();
  const say = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const approves = useMe().data?.role === 'admin';
  const form = useForm({
    initialValues: {
      name: base.title.slice(0, 60),
      version: '1.0',
      sentence: base.sentence,
      licence: base.licence,
      formats: base.formats.join(', '),
      maximumMinutes: String(base.maximumMinutes ?? 120),
      memoryMiB: String(base.memoryMiB),
      command: '',
    },
    validate: {
      name: isNotEmpty(t('studio.needName')),
      version: matches(/^[0-9][a-z0-9.]{0,11}$/, t('studio.needVersion')),
      sentence: isNotEmpty(t('studio.needSentence')),
      licence: isNotEmpty(t('studio.needLicence')),
      formats: (text) =>
        wordsOf(text).length > 0 && wordsOf(text).every((word) => /^[a-z][a-z0-9-]{0,31}$/.test(word))
          ? null
          : t('studio.needFormats'),
      maximumMinutes: (text) => isInRange({ min: 5, max: 1440 }, t('studio.needMinutes'))(Number(text)),
      memoryMiB: (text) => isInRange({ min: 32, max: 16_384 }, t('studio.needMemory'))(Number(text)),
    },
  });
  const submit = useMutation({
    mutationFn: (wish: NewViewer) => api.studio.submit(build.id, wish),
    onSuccess: async ({ title }) => {
      say.done(t('studio.made', { title }));
      await queries.invalidateQueries({ queryKey: VIEWERS });
      if (approves) await navigate({ to: '/admin/viewers' });
      await queries.invalidateQueries({ queryKey: SUBMITTED });
      await queries.invalidateQueries({ queryKey: BUILDS });
    },
  });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ formats, command, maximumMinutes, memoryMiB, ...texts }) => {
        const words = command.split('\n').filter((word) => word.trim() !== '');
        submit.mutate({
          ...texts,
          formats: [...new Set(wordsOf(formats))],
          maximumMinutes: Math.round(Number(maximumMinutes)),
          memoryMiB: Math.round(Number(memoryMiB)),
          ...(words.length === 0 ? {} : { command: words }),
        });
      })}
    >
      <Stack gap="md">
        <Text>{t('studio.submitText')}</Text>
        <TextInput
          label={t('studio.name')}
          maxLength={60}
          data-autofocus
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <TextInput
          label={t('studio.version')}
          description={t('studio.versionHint')}
          maxLength={12}
          autoComplete="off"
          {...form.getInputProps('version')}
        />
        <TextInput
          label={t('studio.sentence')}
          description={t('studio.sentenceHint')}
          maxLength={200}
          {...form.getInputProps('sentence')}
        />
        <TextInput
          label={t('studio.formats')}
          description={t('studio.formatsHint')}
          spellCheck={false}
          {...form.getInputProps('formats')}
        />
        <div className={classes['pair']}>
          <TextInput
            inputMode="numeric"
            label={t('studio.minutes')}
            {...form.getInputProps('maximumMinutes')}
          />
          <TextInput inputMode="numeric" label={t('studio.memory')} {...form.getInputProps('memoryMiB')} />
        </div>
        <TextInput
          label={t('studio.licence')}
          description={t('studio.licenceHint')}
          maxLength={80}
          spellCheck={false}
          {...form.getInputProps('licence')}
        />
        <Textarea
          label={t('studio.command')}
          description={t('studio.commandHint')}
          autosize
          minRows={2}
          maxRows={8}
          spellCheck={false}
          {...form.getInputProps('command')}
        />
        {submit.isError && <Trouble error={submit.error} />}
        {submit.isPending && <Text role="status">{t('studio.making')}</Text>}
        <Button type="submit" loading={submit.isPending}>
          {t('studio.submit')}
        </Button>
      </Stack>
    </form>
  );
}

const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');
