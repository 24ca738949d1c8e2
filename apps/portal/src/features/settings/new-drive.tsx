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

/** Which device, what it may do and for how long. */
export function NewDrive({ onMade, onCancel }: Props) {
  const { t } = useWords();
  const form = useForm<{ label: string; scope: 'drive-read' | 'drive-write'; days: string }>({
    initialValues: { label: '', scope: 'drive-write', days: '365' },
    validate: { label: isNotEmpty(t('settings.drive.needLabel')) },
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
          label={t('settings.drive.label')}
          description={t('settings.drive.labelHint')}
          maxLength={80}
          {...form.getInputProps('label')}
        />
        <Choice label={t('settings.drive.scope')}>
          <SegmentedControl
            data={[
              { value: 'drive-write', label: t('settings.drive.write') },
              { value: 'drive-read', label: t('settings.drive.read') },
            ]}
            {...form.getInputProps('scope')}
          />
        </Choice>
        <Choice label={t('settings.drive.days')}>
          <SegmentedControl
            data={[
              { value: '90', label: t('deposit.codes.quarter') },
              { value: '365', label: t('settings.programs.year') },
              { value: '3650', label: t('settings.drive.years') },
            ]}
            {...form.getInputProps('days')}
          />
        </Choice>
        <Group gap="sm">
          <Button type="submit" loading={make.isPending}>
            {t('settings.drive.make')}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
