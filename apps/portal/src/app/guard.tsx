import { Navigate, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { FullPageNote } from '../parts/full-page-note.js';
import { areaOf, mayEnter } from './areas.js';
import { rememberNext } from './next-page.js';
import { NotAllowedPage } from './not-allowed-page.js';
import { useMe } from './use-me.js';
import { useWords } from './use-words.js';

/** Lets through who is signed in and whose role the page is for; a one-time password has to be replaced first. */
export function Guard() {
  const me = useMe();
  const location = useLocation();
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
  if (me.data.mustChangePassword && location.pathname !== '/password')
    return <Navigate to="/password" replace />;
  if (!mayEnter(me.data.role, areaOf(location.pathname))) return <NotAllowedPage />;
  return <Outlet />;
}

function ToSignIn({ from, hash }: { readonly from: string; readonly hash: string }) {
  const navigate = useNavigate();
  useEffect(() => {
    rememberNext(hash === '' ? from : `${from}#${hash}`);
    void navigate({ to: '/sign-in', replace: true });
  }, [from, hash, navigate]);
  return null;
}
