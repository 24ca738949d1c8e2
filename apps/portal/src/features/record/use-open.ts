import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api } from '../../api/api.js';
import { useSay } from '../../parts/use-say.js';

/** Opens one thing or several in a viewer and goes there at once; the viewer page tells how far it is. */
export function useOpen() {
  const navigate = useNavigate();
  const say = useSay();
  return useMutation({
    mutationFn: ({ itemIds, viewerId }: { itemIds: string[]; viewerId?: string }) =>
      api.sessions.start(viewerId === undefined ? { itemIds } : { itemIds, viewerId }),
    onSuccess: (session) => navigate({ to: '/viewer/$sessionId', params: { sessionId: session.id } }),
    onError: say.trouble,
  });
}
