import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../api/api.js';
import { useWords } from '../../app/use-words.js';
import { FullPageNote } from '../../parts/full-page-note.js';
import { useSay } from '../../parts/use-say.js';
import { useOpen } from '../record/use-open.js';
import { SharePanel } from '../share/share-panel.js';
import { isOver, useSession } from './use-session.js';
import { ViewerScreen } from './viewer-screen.js';

/** The patient's own view. */
export function ViewerPage() {
  const { sessionId } = useParams({ from: '/signed-in/viewer/$sessionId' });
  const { t, sentenceOf } = useWords();
  const say = useSay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const session = useSession(sessionId);
  const open = useOpen();
  const [sharing, setSharing] = useState(false);
  const home = () => {
    void queries.invalidateQueries({ queryKey: ['sessions'], exact: true });
    void navigate({ to: '/record' });
  };
  const stop = useMutation({
    mutationFn: () => api.sessions.stop(sessionId),
    onSuccess: home,
    onError: say.trouble,
  });
  const view = session.data;
  if (view === undefined) {
    if (!session.isError) return null;
    return (
      <FullPageNote
        text={sentenceOf(session.error)}
        action={{ label: t('viewer.ended.home'), onClick: home }}
      />
    );
  }
  return (
    <>
      <ViewerScreen
        key={sessionId}
        session={view}
        ticket={() => api.sessions.ticket(sessionId)}
        closing={stop.isPending}
        onClose={() => (isOver(view) ? home() : stop.mutate())}
        {...(view.shareable ? { onShare: () => setSharing(true) } : {})}
        onAgain={() => open.open({ itemIds: view.itemIds, viewerId: view.viewer.id })}
        onHome={home}
      />
      {open.question}
      <SharePanel
        opened={sharing}
        onClose={() => setSharing(false)}
        what={{
          itemIds: view.itemIds,
          title: view.title,
          imaging: true,
          viewerId: view.viewer.id,
          sessionId: view.id,
        }}
      />
    </>
  );
}
