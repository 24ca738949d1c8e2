import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/api.js';
import { isProblem } from '../../api/problem.js';
import type { Me } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';

/** The end of the account: what is lost, a way to keep it, and the password once more. */
export function Leave({ me }: { readonly me: Me }) {
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  const [password, setPassword] = useState('');
  const patient = me.role === 'patient';
  const remove = useMutation({
    mutationFn: api.me.remove,
    // A fresh page forgets everything that was shown to the person who leaves.
    onSuccess: () => window.location.assign('/sign-in'),
  });
  const wrong = isProblem(remove.error, 'identity.wrong-credentials');
  const close = () => {
    setAsking(false);
    setPassword('');
    remove.reset();
  };
  return (
    <Stack gap="md" align="flex-start">
      <Text>{t(patient ? 'settings.leave.patient' : 'settings.leave.provider')}</Text>
      {patient && <Text>{t('settings.leave.keep')}</Text>}
      <Group gap="sm">
        {patient && (
          <Button variant="default" component="a" href="/api/record/export" download>
            {t('settings.leave.keepGo')}
          </Button>
        )}
        <Button variant="subtle" color="red" onClick={() => setAsking(true)}>
          {t('settings.leave.start')}
        </Button>
      </Group>
      <Modal
        opened={asking}
        onClose={close}
        title={t('settings.leave.ask')}
        closeButtonProps={{ 'aria-label': t('close') }}
        styles={{ title: { fontSize: '1.25rem', fontWeight: 600 } }}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            remove.mutate(password);
          }}
        >
          <Stack gap="md">
            <Text>{t(patient ? 'settings.leave.patient' : 'settings.leave.provider')}</Text>
            <Text c="dimmed">{t('settings.leave.acts')}</Text>
            {remove.isError && !wrong && <Trouble error={remove.error} />}
            <PasswordInput
              label={t('settings.leave.password')}
              autoComplete="current-password"
              visibilityToggleButtonProps={{ 'aria-label': t('account.show'), tabIndex: 0 }}
              value={password}
              error={wrong ? t('settings.leave.wrong') : undefined}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Group gap="sm" justify="flex-end">
              <Button variant="default" onClick={close}>
                {t('cancel')}
              </Button>
              <Button type="submit" color="red.8" disabled={password === ''} loading={remove.isPending}>
                {t(patient ? 'settings.leave.yes' : 'settings.leave.yesProvider')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Stack>
  );
}
