import { Button, Stack, Text, TextInput } from '@mantine/core';
import { isNotEmpty, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Me } from '../../api/types.js';
import { ME } from '../../app/query-client.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { useSay } from '../../parts/use-say.js';
import { BirthDateInput } from '../account/birth-date-input.js';

export function AccountForm({ me }: { readonly me: Me }) {
  const { t } = useWords();
  const say = useSay();
  const queries = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: me.name, birthDate: me.birthDate ?? '' },
    validate: { name: isNotEmpty(t('account.needName')) },
  });
  const change = useMutation({
    mutationFn: api.me.change,
    onSuccess: (changed) => {
      queries.setQueryData(ME, changed);
      say.done(t('saved'));
    },
  });
  const submit = form.onSubmit(({ name, birthDate }) =>
    change.mutate(birthDate === '' ? { name: name.trim() } : { name: name.trim(), birthDate }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" maw={440}>
        {change.isError && <Trouble error={change.error} />}
        <TextInput
          label={t('account.name')}
          autoComplete="name"
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        {me.role === 'patient' && (
          <BirthDateInput key={form.key('birthDate')} {...form.getInputProps('birthDate')} />
        )}
        <Text c="dimmed">{t('settings.emailFixed', { email: me.email })}</Text>
        <Button
          type="submit"
          variant="default"
          loading={change.isPending}
          style={{ alignSelf: 'flex-start' }}
        >
          {t('save')}
        </Button>
      </Stack>
    </form>
  );
}
