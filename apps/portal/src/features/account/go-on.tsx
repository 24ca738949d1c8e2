import { Navigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Me } from '../../api/types.js';
import { forgetNext, nextPlace } from '../../app/next-page.js';

/** Takes somebody who is signed in to where they wanted to go. */
export function GoOn({ me }: { readonly me: Me }) {
  const [place] = useState(() => nextPlace(me.role));
  useEffect(() => {
    if (!me.mustChangePassword) forgetNext();
  }, [me.mustChangePassword]);
  return <Navigate to={place.path} {...(place.hash === '' ? {} : { hash: place.hash })} replace />;
}
