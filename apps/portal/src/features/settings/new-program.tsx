import { Button, Group, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { MadeAccessToken } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { Choice } from '../share/choice.js';

interface Props {
  readonly onMade: (made: MadeAccessToken) => void;
  readonly onCancel: () => void;
}

/** Which program, what it may do and for how long. */
export function NewProgram({ onMade, onCancel }: Props) {
  const { t } = useWords();
  const form = useForm<{ label: string; scope: 'deposit' | 'read'; days: string }>({
    initialValues: { label: '', scope: 'read', days: '90' },
    validate: { label: isNotEmpty(t('settings.programs.needLabel')) },
  });
  const make = useMutation({ mutationFn: api.programs.make, onSuccess: onMade });
  const submit = form.onSubmit(({ label, scope, days }) =>
    make.mutate({ label: label.trim(), scope, expiresInDays: Number(days) }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={440}>
        {make.isError && <Trouble error={make.error} />}
        <TextInput
          label={t('settings.programs.label')}
          description={t('settings.programs.labelHint')}
          maxLength={80}
          {...form.getInputProps('label')}
        />
        <Choice label={t('settings.programs.scope')}>
          <SegmentedControl
            data={[
              { value: 'read', label: t('settings.programs.read') },
              { value: 'deposit', label: t('settings.programs.deposit') },
            ]}
            {...form.getInputProps('scope')}
          />
        </Choice>
        <Choice label={t('settings.programs.days')}>
          <SegmentedControl
            data={[
              { value: '7', label: t('deposit.codes.week') },
              { value: '90', label: t('deposit.codes.quarter') },
              { value: '365', label: t('settings.programs.year') },
            ]}
            {...form.getInputProps('days')}
          />
        </Choice>
        <Group gap="sm">
          <Button type="submit" loading={make.isPending}>
            {t('settings.programs.make')}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
