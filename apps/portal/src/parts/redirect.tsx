import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';

interface Props {
  readonly to: string;
  readonly hash?: string;
}

/** Goes to another place once. The router's own Navigate goes again with every rendering, which never ends here. */
export function Redirect({ to, hash = '' }: Props) {
  const navigate = useNavigate();
  useEffect(() => {
    void navigate({ to, ...(hash === '' ? {} : { hash }), replace: true });
  }, [navigate, to, hash]);
  return null;
}
