import { Button, PasswordInput, Stack } from '@mantine/core';
import { hasLength, isNotEmpty, matchesField, useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';

interface Props {
  readonly currentLabel: string;
  readonly onDone: () => void;
}

/** The old password, the new one, and the new one once more. */
export function PasswordForm({ currentLabel, onDone }: Props) {
  const { t } = useWords();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { current: '', next: '', again: '' },
    validate: {
      current: isNotEmpty(t('account.needPassword')),
      next: hasLength({ min: 10 }, t('account.shortPassword')),
      again: matchesField('next', t('account.notSame')),
    },
  });
  const change = useMutation({
    mutationFn: api.me.password,
    onSuccess: () => {
      form.reset();
      onDone();
    },
  });
  const toggle = { 'aria-label': t('account.show'), tabIndex: 0 };
  return (
    <form onSubmit={form.onSubmit(({ current, next }) => change.mutate({ current, next }))} noValidate>
      <Stack gap="md" maw={440}>
        {change.isError && <Trouble error={change.error} />}
        <PasswordInput
          label={currentLabel}
          autoComplete="current-password"
          visibilityToggleButtonProps={toggle}
          key={form.key('current')}
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label={t('account.next')}
          description={t('account.passwordHint')}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          key={form.key('next')}
          {...form.getInputProps('next')}
        />
        <PasswordInput
          label={t('account.again')}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          key={form.key('again')}
          {...form.getInputProps('again')}
        />
        <Button type="submit" loading={change.isPending}>
          {t('account.change')}
        </Button>
      </Stack>
    </form>
  );
}
