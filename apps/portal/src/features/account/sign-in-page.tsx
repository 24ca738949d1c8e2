import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { isEmail, isNotEmpty, useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { ME } from '../../app/query-client.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { PlainLink } from '../../parts/plain-link.js';
import { Door } from './door.js';
import { GoOn } from './go-on.js';

export function SignInPage() {
  const { t } = useWords();
  const queries = useQueryClient();
  const me = useMe().data;
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: {
      email: isEmail(t('account.needEmail')),
      password: isNotEmpty(t('account.needPassword')),
    },
  });
  const signIn = useMutation({
    mutationFn: api.me.signIn,
    onSuccess: (signedIn) => queries.setQueryData(ME, signedIn),
  });
  if (me) return <GoOn me={me} />;
  return (
    <Door title={t('account.signInTitle')}>
      <Text c="dimmed">{t('account.slogan')}</Text>
      <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
        <Stack gap="md">
          {signIn.isError && <Trouble error={signIn.error} />}
          <TextInput
            label={t('account.email')}
            type="email"
            autoComplete="username"
            key={form.key('email')}
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={t('account.password')}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': t('account.show'), tabIndex: 0 }}
            key={form.key('password')}
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={signIn.isPending} fullWidth>
            {t('account.signIn')}
          </Button>
        </Stack>
      </form>
      <Text>
        {t('account.noAccount')} <PlainLink to="/sign-up">{t('account.signUp')}</PlainLink>
      </Text>
    </Door>
  );
}
