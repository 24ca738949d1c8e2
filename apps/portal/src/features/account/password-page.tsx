import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { ME } from '../../app/query-client.js';
import { useMe } from '../../app/use-me.js';
import { useWords } from '../../app/use-words.js';
import { Door } from './door.js';
import { GoOn } from './go-on.js';
import { PasswordForm } from './password-form.js';

/** Replaces a one-time password before anything else can be done. */
export function PasswordPage() {
  const { t } = useWords();
  const queries = useQueryClient();
  const me = useMe().data;
  if (me?.mustChangePassword === false) return <GoOn me={me} />;
  return (
    <Door title={t('account.changeTitle')}>
      <Text c="dimmed">{t('account.changeText')}</Text>
      <PasswordForm
        currentLabel={t('account.oneTime')}
        onDone={() => void queries.invalidateQueries({ queryKey: ME })}
      />
    </Door>
  );
}
