import { Button, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { Choice } from '../share/choice.js';
import type { MadeCode } from './code-ready.js';

export function NewCode({ onMade }: { readonly onMade: (made: MadeCode) => void }) {
  const { t } = useWords();
  const form = useForm({
    initialValues: { label: '', days: '30', uses: '10' },
    validate: { label: isNotEmpty(t('deposit.codes.needLabel')) },
  });
  const make = useMutation({ mutationFn: api.deposits.makeCode, onSuccess: onMade });
  const submit = form.onSubmit(({ label, days, uses }) =>
    make.mutate({ label: label.trim(), expiresInDays: Number(days), maximumUses: Number(uses) }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="lg" maw={560}>
        {make.isError && <Trouble error={make.error} />}
        <TextInput
          label={t('deposit.codes.label')}
          description={t('deposit.codes.labelHint')}
          maxLength={80}
          {...form.getInputProps('label')}
        />
        <Choice label={t('deposit.codes.days')}>
          <SegmentedControl
            data={[
              { value: '7', label: t('deposit.codes.week') },
              { value: '30', label: t('deposit.codes.month') },
              { value: '90', label: t('deposit.codes.quarter') },
            ]}
            {...form.getInputProps('days')}
          />
        </Choice>
        <Choice label={t('deposit.codes.uses')}>
          <SegmentedControl
            data={[
              { value: '1', label: t('deposit.codes.once') },
              { value: '10', label: t('deposit.codes.ten') },
            ]}
            {...form.getInputProps('uses')}
          />
        </Choice>
        <Button type="submit" loading={make.isPending} style={{ alignSelf: 'flex-start' }}>
          {t('deposit.codes.new')}
        </Button>
      </Stack>
    </form>
  );
}
