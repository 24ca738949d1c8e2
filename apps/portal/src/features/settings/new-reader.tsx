import { Button, Group, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { MadeReadingAddress } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { Choice } from '../share/choice.js';

interface Props {
  readonly onMade: (made: MadeReadingAddress) => void;
  readonly onCancel: () => void;
}

/** Which system may read, and for how long. */
export function NewReader({ onMade, onCancel }: Props) {
  const { t } = useWords();
  const form = useForm({
    initialValues: { callingAeTitle: '', days: '30' },
    validate: { callingAeTitle: isNotEmpty(t('settings.readers.needCalling')) },
  });
  const make = useMutation({ mutationFn: api.readers.make, onSuccess: onMade });
  const submit = form.onSubmit(({ callingAeTitle, days }) =>
    make.mutate({ callingAeTitle: callingAeTitle.trim(), expiresInDays: Number(days) }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={440}>
        {make.isError && <Trouble error={make.error} />}
        <TextInput
          label={t('settings.readers.calling')}
          description={t('settings.readers.callingHint')}
          maxLength={16}
          spellCheck={false}
          {...form.getInputProps('callingAeTitle')}
        />
        <Choice label={t('settings.programs.days')}>
          <SegmentedControl
            data={[
              { value: '7', label: t('deposit.codes.week') },
              { value: '30', label: t('settings.readers.month') },
              { value: '365', label: t('settings.programs.year') },
            ]}
            {...form.getInputProps('days')}
          />
        </Choice>
        <Group gap="sm">
          <Button type="submit" loading={make.isPending}>
            {t('settings.readers.make')}
          </Button>
          <Button variant="default" onClick={onCancel}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
