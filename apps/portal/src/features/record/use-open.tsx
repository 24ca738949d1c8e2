import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { api } from '../../api/api.js';
import type { ViewerChoice } from '../../api/types.js';
import { useSay } from '../../parts/use-say.js';
import { EgressQuestion } from './egress-question.js';
import { viewerChoices } from './record-queries.js';

interface Wish {
  readonly itemIds: string[];
  /** The best one if absent. */
  readonly viewerId?: string;
}

interface Open {
  open(wish: Wish): void;
  readonly isPending: boolean;
  /** To be put somewhere on the page: asks what has to be asked before the viewer opens. */
  readonly question: ReactNode;
}

/**
 * Opens one thing or several in a viewer and goes there at once; the viewer page tells how far it is. Where the viewer
 * may speak with others, the person is asked first, every time.
 */
export function useOpen(): Open {
  const navigate = useNavigate();
  const say = useSay();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<{ readonly wish: Wish; readonly viewer: ViewerChoice } | null>(null);
  const start = useMutation({
    mutationFn: (wish: Wish & { egress?: string[] }) => api.sessions.start(wish),
    onSuccess: (session) => navigate({ to: '/viewer/$sessionId', params: { sessionId: session.id } }),
    onError: say.trouble,
  });
  const look = useMutation({
    mutationFn: async (wish: Wish) => {
      const { viewers } = await queries.query(viewerChoices(wish.itemIds));
      return viewers.find(({ id, best }) => (wish.viewerId === undefined ? best : id === wish.viewerId));
    },
    onSuccess: (viewer, wish) => {
      if (viewer === undefined || viewer.egress.length === 0) start.mutate(wish);
      else setAsking({ wish, viewer });
    },
    onError: say.trouble,
  });
  const answer = (maySpeak: boolean) => {
    if (asking === null) return;
    const { wish, viewer } = asking;
    setAsking(null);
    // The viewer that was asked about, even if another one has become the best meanwhile.
    start.mutate({ ...wish, viewerId: viewer.id, ...(maySpeak ? { egress: viewer.egress } : {}) });
  };
  return {
    open: (wish) => look.mutate(wish),
    isPending: look.isPending || start.isPending,
    question: asking && (
      <EgressQuestion viewer={asking.viewer} onAnswer={answer} onLeave={() => setAsking(null)} />
    ),
  };
}
