import { Button, Group, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { Choice } from '../share/choice.js';

type Scope = Parameters<typeof api.programs.make>[0]['scope'];
type Term = 'week' | 'quarter' | 'year' | 'years';
const DAYS: Readonly<Record<Term, number>> = { week: 7, quarter: 90, year: 365, years: 3650 };

interface Props {
  readonly words: 'drive' | 'programs';
  /** What it may do; the first is the usual. */
  readonly scopes: readonly { readonly value: Scope; readonly label: string }[];
  readonly terms: readonly Term[];
  readonly usualTerm: Term;
  readonly onMade: (made: MadeAccessToken) => void;
  readonly onCancel: () => void;
}

/** Which program or device gets in, what it may do and for how long. */
export function NewToken({ words, scopes, terms, usualTerm, onMade, onCancel }: Props) {
  const { t } = useWords();
  const form = useForm<{ label: string; scope: Scope; term: Term }>({
    initialValues: { label: '', scope: scopes[0]?.value ?? 'read', term: usualTerm },
    validate: { label: isNotEmpty(t(`settings.${words}.needLabel`)) },
  });
  const make = useMutation({ mutationFn: api.programs.make, onSuccess: onMade });
  const submit = form.onSubmit(({ label, scope, term }) =>
    make.mutate({ label: label.trim(), scope, expiresInDays: DAYS[term] }),
  );
  const termLabels: Readonly<Record<Term, string>> = {
    week: t('deposit.codes.week'),
    quarter: t('deposit.codes.quarter'),
    year: t('settings.programs.year'),
    years: t('settings.drive.years'),
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={440}>
        {make.isError && <Trouble error={make.error} />}
        <TextInput
          label={t(`settings.${words}.label`)}
          description={t(`settings.${words}.labelHint`)}
          maxLength={80}
          {...form.getInputProps('label')}
        />
        <Choice label={t(`settings.${words}.scope`)}>
          <SegmentedControl data={[...scopes]} {...form.getInputProps('scope')} />
        </Choice>
        <Choice label={t(`settings.${words}.days`)}>
          <SegmentedControl
            data={terms.map((term) => ({ value: term, label: termLabels[term] }))}
            {...form.getInputProps('term')}
          />
        </Choice>
        <Group gap="sm">
          <Button type="submit" loading={make.isPending}>
            {t(`settings.${words}.make`)}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
