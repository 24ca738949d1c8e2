import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../api/api.js';
import { listenTo } from '../../api/listen.js';
import type { SessionView } from '../../api/types.js';

export const sessionKey = (id: string) => ['sessions', id] as const;

export const isOver = (session: SessionView): boolean =>
  session.state === 'ended' || session.state === 'failed' || session.state === 'stopping';

/**
 * The session as the server tells it, at once and on every change. The stream is asked for again after a drop; the
 * first question also tells plainly when the session is not there at all.
 */
export function useSession(id: string) {
  const queries = useQueryClient();
  const session = useQuery({
    queryKey: sessionKey(id),
    queryFn: () => api.sessions.get(id),
    staleTime: 0,
    refetchInterval: (query) => (query.state.data !== undefined && isOver(query.state.data) ? false : 15_000),
  });
  const listen = session.data !== undefined && !isOver(session.data);
  useEffect(() => {
    if (!listen) return;
    return listenTo(`/api/sessions/${encodeURIComponent(id)}/events`, (news) =>
      queries.setQueryData(sessionKey(id), news),
    );
  }, [id, listen, queries]);
  return session;
}
