import { Button, Drawer, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { isEmail, isNotEmpty, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { NewAccount as Wanted } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { CopyLine } from '../../parts/copy-line.js';
import { Trouble } from '../../parts/notes.js';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

const ROLES: readonly Wanted['role'][] = ['provider', 'caregiver', 'vendor', 'admin'];

const EMPTY: Wanted & { organisation: string } = { name: '', email: '', role: 'provider', organisation: '' };

/** An account for somebody else; the one-time password is shown once. */
export function NewAccount({ opened, onClose }: Props) {
  const { t } = useWords();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: EMPTY,
    validate: {
      name: isNotEmpty(t('admin.accounts.needName')),
      email: isEmail(t('admin.accounts.needEmail')),
      organisation: (text, { role }) =>
        role === 'provider' && text.trim() === '' ? t('admin.accounts.needOrganisation') : null,
    },
  });
  const create = useMutation({
    mutationFn: api.admin.addAccount,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['admin', 'accounts'] }),
  });
  const close = () => {
    onClose();
    create.reset();
    form.reset();
  };
  const submit = form.onSubmit(({ organisation, ...values }) =>
    create.mutate(values.role === 'provider' ? { ...values, organisation: organisation.trim() } : values),
  );
  return (
    <Drawer
      opened={opened}
      onClose={close}
      size={480}
      title={t('admin.accounts.new')}
      closeOnClickOutside={create.data === undefined}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {create.data === undefined ? (
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            {create.isError && <Trouble error={create.error} />}
            <NativeSelect
              label={t('admin.accounts.role')}
              data={ROLES.map((role) => ({ value: role, label: t(`admin.accounts.roles.${role}`) }))}
              {...form.getInputProps('role')}
            />
            <TextInput label={t('admin.accounts.name')} autoComplete="off" {...form.getInputProps('name')} />
            <TextInput
              label={t('admin.accounts.email')}
              type="email"
              autoComplete="off"
              {...form.getInputProps('email')}
            />
            {form.values.role === 'provider' && (
              <TextInput
                label={t('admin.accounts.organisation')}
                description={t('admin.accounts.organisationHint')}
                autoComplete="off"
                {...form.getInputProps('organisation')}
              />
            )}
            <Button type="submit" loading={create.isPending}>
              {t('admin.accounts.create')}
            </Button>
          </Stack>
        </form>
      ) : (
        <Stack gap="lg">
          <Title order={3}>{t('admin.accounts.readyTitle', { name: create.data.account.name })}</Title>
          <Text>{t('admin.accounts.readyText', { name: create.data.account.name })}</Text>
          <CopyLine label={t('admin.accounts.oneTime')} value={create.data.oneTimePassword} />
          <Button variant="light" onClick={close}>
            {t('close')}
          </Button>
        </Stack>
      )}
    </Drawer>
  );
}
