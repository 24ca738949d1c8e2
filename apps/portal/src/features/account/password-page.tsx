import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ME } from '../../app/query-client.js';
import { useWords } from '../../app/use-words.js';
import { Door } from './door.js';
import { PasswordForm } from './password-form.js';

/** Replaces a one-time password before anything else can be done. */
export function PasswordPage() {
  const { t } = useWords();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const done = async () => {
    await queries.refetchQueries({ queryKey: ME });
    await navigate({ to: '/', replace: true });
  };
  return (
    <Door title={t('account.changeTitle')}>
      <Text c="dimmed">{t('account.changeText')}</Text>
      <PasswordForm currentLabel={t('account.oneTime')} onDone={() => void done()} />
    </Door>
  );
}
