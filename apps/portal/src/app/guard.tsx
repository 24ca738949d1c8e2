import { Outlet, useLocation, useMatch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { FullPageNote } from '../parts/full-page-note.js';
import { Redirect } from '../parts/redirect.js';
import { areaOf, mayEnter } from './areas.js';
import { rememberNext } from './next-page.js';
import { NotAllowedPage } from './not-allowed-page.js';
import { useMe } from './use-me.js';
import { useWords } from './use-words.js';

/** Lets through who is signed in and whose role the page is for; a one-time password has to be replaced first. */
export function Guard() {
  const me = useMe();
  const location = useLocation();
  // The page that is shown, not the address, which changes first.
  const atPassword = useMatch({ from: '/signed-in/password', shouldThrow: false }) !== undefined;
  const { t, sentenceOf } = useWords();
  if (me.isPending) return null;
  if (me.isError)
    return (
      <FullPageNote
        text={sentenceOf(me.error)}
        action={{ label: t('again'), onClick: () => void me.refetch() }}
      />
    );
  if (me.data === null) return <ToSignIn from={location.pathname} hash={location.hash} />;
  if (me.data.mustChangePassword && !atPassword) return <Redirect to="/password" />;
  if (!mayEnter(me.data.role, areaOf(location.pathname))) return <NotAllowedPage />;
  return <Outlet />;
}

function ToSignIn({ from, hash }: { readonly from: string; readonly hash: string }) {
  // The address changes before this is gone, and the place to remember is the first one.
  const [wanted] = useState(() => (hash === '' ? from : `${from}#${hash}`));
  useEffect(() => rememberNext(wanted), [wanted]);
  return <Redirect to="/sign-in" />;
}
