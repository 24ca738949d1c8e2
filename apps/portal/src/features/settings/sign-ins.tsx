import { Button, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { SignIn } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Trouble } from '../../parts/notes.js';
import { useSay } from '../../parts/use-say.js';
import { When } from '../../parts/when.js';
import { deviceOf } from '../../words/device.js';
import classes from './settings.module.css';

const SIGN_INS = ['sign-ins'];

/** Every browser in which this account is signed in. */
export function SignIns() {
  const { t } = useWords();
  const signIns = useQuery({ queryKey: SIGN_INS, queryFn: api.me.signIns });
  return (
    <>
      <Text c="dimmed">{t('settings.signInsLead')}</Text>
      {signIns.isError && <Trouble error={signIns.error} onAgain={() => void signIns.refetch()} />}
      <ul className={classes['list']}>
        {signIns.data?.map((one) => (
          <SignInRow key={one.id} signIn={one} />
        ))}
      </ul>
    </>
  );
}

function SignInRow({ signIn }: { readonly signIn: SignIn }) {
  const { t } = useWords();
  const say = useSay();
  const queries = useQueryClient();
  const found = deviceOf(signIn.userAgent);
  const device = found === null ? t('settings.unknownDevice') : t('settings.device', found);
  const end = useMutation({
    mutationFn: () => api.me.endSignIn(signIn.id),
    onSuccess: () => say.done(t('settings.signInEnded', { device })),
    onError: say.trouble,
    onSettled: () => queries.invalidateQueries({ queryKey: SIGN_INS }),
  });
  return (
    <li className={classes['row']}>
      <div>
        <Text fw={600}>{device}</Text>
        <Text c="dimmed">
          {signIn.current ? (
            t('settings.thisOne')
          ) : (
            <>
              {t('settings.lastSeen', { when: '' })}
              <When at={signIn.lastSeenAt} />
            </>
          )}
        </Text>
      </div>
      {!signIn.current && (
        <Button
          variant="default"
          loading={end.isPending}
          aria-label={t('settings.endSignInNamed', { device })}
          onClick={() => end.mutate()}
        >
          {t('settings.endSignIn')}
        </Button>
      )}
    </li>
  );
}
