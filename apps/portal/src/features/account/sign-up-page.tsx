import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { hasLength, isEmail, isNotEmpty, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { ME } from '../../app/query-client.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { PlainLink } from '../../parts/plain-link.js';
import { BirthDateInput } from './birth-date-input.js';
import { Door } from './door.js';
import { GoOn } from './go-on.js';

export function SignUpPage() {
  const { t } = useWords();
  const queries = useQueryClient();
  const me = useMe().data;
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', email: '', password: '', birthDate: '' },
    validate: {
      name: isNotEmpty(t('account.needName')),
      email: isEmail(t('account.needEmail')),
      password: hasLength({ min: 10 }, t('account.shortPassword')),
    },
  });
  const signUp = useMutation({
    mutationFn: api.me.signUp,
    onSuccess: (signedUp) => queries.setQueryData(ME, signedUp),
  });
  if (me) return <GoOn me={me} />;
  return (
    <Door title={t('account.signUpTitle')}>
      <form
        onSubmit={form.onSubmit(({ birthDate, ...values }) =>
          signUp.mutate(birthDate === '' ? values : { ...values, birthDate }),
        )}
        noValidate
      >
        <Stack gap="md">
          {signUp.isError && <Trouble error={signUp.error} />}
          <TextInput
            label={t('account.name')}
            description={t('account.nameHint')}
            autoComplete="name"
            key={form.key('name')}
            {...form.getInputProps('name')}
          />
          <BirthDateInput key={form.key('birthDate')} {...form.getInputProps('birthDate')} />
          <TextInput
            label={t('account.email')}
            type="email"
            autoComplete="email"
            key={form.key('email')}
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={t('account.password')}
            description={t('account.passwordHint')}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('account.show'), tabIndex: 0 }}
            key={form.key('password')}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={signUp.isPending} fullWidth>
            {t('account.signUp')}
          </Button>
        </Stack>
      </form>
      <Text>
        {t('account.haveAccount')} <PlainLink to="/sign-in">{t('account.signIn')}</PlainLink>
      </Text>
    </Door>
  );
}
