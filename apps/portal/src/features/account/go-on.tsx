import { useEffect, useState } from 'react';
import type { Me } from '../../api/types.js';
import { forgetNext, nextPlace } from '../../app/next-page.js';
import { Redirect } from '../../parts/redirect.js';

/** Takes somebody who is signed in to where they wanted to go. */
export function GoOn({ me }: { readonly me: Me }) {
  const [place] = useState(() => nextPlace(me.role));
  useEffect(() => {
    if (!me.mustChangePassword) forgetNext();
  }, [me.mustChangePassword]);
  return <Redirect to={place.path} hash={place.hash} />;
}
