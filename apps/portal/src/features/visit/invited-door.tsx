import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import { isProblem, ProblemError } from '../../api/problem.js';
import type { Visit } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { forgetHash } from '../../parts/use-hash.js';
import { Door } from '../account/door.js';
import { Invitation } from './invitation.js';
import { RefusedDoor } from './refused-door.js';

interface Props {
  readonly secret: string;
  readonly onIn: (visit: Visit) => void;
}

const NAME = 'vitrine.visitor-name';

/** Who invites, to what, until when; a name, a passcode if asked, one button. Looking at the door uses nothing up. */
export function InvitedDoor({ secret, onIn }: Props) {
  const { t } = useWords();
  const preview = useQuery({
    queryKey: ['visit', 'preview', secret],
    queryFn: () => api.visit.preview(secret),
    staleTime: 60_000,
    gcTime: 0,
    meta: { visitor: true },
  });
  const invitation = preview.data;
  const patient = invitation?.patientName ?? '';
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: localStorage.getItem(NAME) ?? '', passcode: '' },
    validate: {
      name: (name) => (name.trim() === '' ? t('visit.needName', { patient }) : null),
      passcode: (code) =>
        invitation?.needsPasscode === true && code.trim() === '' ? t('visit.needPasscode') : null,
    },
  });
  const enter = useMutation({
    mutationFn: ({ name, passcode }: { name: string; passcode: string }) =>
      api.visit.redeem({
        secret,
        name: name.trim(),
        ...(passcode.trim() === '' ? {} : { passcode: passcode.trim() }),
      }),
    onSuccess: (visit, { name }) => {
      localStorage.setItem(NAME, name.trim());
      onIn(visit);
      forgetHash();
    },
  });
  const triesLeft = enter.error instanceof ProblemError ? enter.error.remainingTries : undefined;
  if (preview.isError) return <RefusedDoor error={preview.error} />;
  if (invitation === undefined)
    return (
      <Door title={t('app')}>
        <Text role="status">{t('visit.checking')}</Text>
      </Door>
    );
  if (enter.isError && isProblem(enter.error, 'delegation.passcode-locked'))
    return <RefusedDoor error={enter.error} />;
  return (
    <Door title={t('visit.title', { name: patient, count: invitation.titles.length })}>
      <Invitation invitation={invitation} />
      <form onSubmit={form.onSubmit((values) => enter.mutate(values))} noValidate>
        <Stack gap="md">
          <TextInput
            label={t('visit.yourName')}
            description={t('visit.yourNameHint', { name: patient })}
            autoComplete="name"
            maxLength={80}
            key={form.key('name')}
            {...form.getInputProps('name')}
          />
          {invitation.needsPasscode && (
            <TextInput
              label={t('visit.passcode')}
              description={t('visit.passcodeHint', { name: patient })}
              autoComplete="one-time-code"
              key={form.key('passcode')}
              {...form.getInputProps('passcode')}
            />
          )}
          {enter.isError && <Trouble error={enter.error} />}
          {triesLeft !== undefined && <Text>{t('visit.triesLeft', { count: triesLeft })}</Text>}
          <Button type="submit" size="lg" loading={enter.isPending} fullWidth>
            {t('visit.look')}
          </Button>
          <Text c="dimmed">{t('visit.noAccount', { name: patient })}</Text>
        </Stack>
      </form>
    </Door>
  );
}
