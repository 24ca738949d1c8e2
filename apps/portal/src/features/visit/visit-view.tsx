import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../api/api.js';
import { listenTo } from '../../api/listen.js';
import type { SessionView, Visit } from '../../api/types.js';
import { FullPageNote } from '../../parts/full-page-note.js';
import { useWords } from '../../app/use-words.js';
import { isOver } from '../viewer/use-session.js';
import { ViewerScreen } from '../viewer/viewer-screen.js';
import { RefusedDoor } from './refused-door.js';

interface Props {
  readonly visit: Visit;
  readonly onLeft: () => void;
}

/** The view of somebody who was invited: opened at once, started if nothing runs. */
export function VisitView({ visit, onLeft }: Props) {
  const { t } = useWords();
  const [session, setSession] = useState<SessionView | null>(null);
  const open = useMutation({ mutationFn: api.visit.open, onSuccess: setSession });
  const { mutate } = open;
  useEffect(() => mutate(), [mutate]);
  const id = session?.id;
  const over = session !== null && isOver(session);
  useEffect(() => {
    if (id === undefined || over) return;
    return listenTo('/api/visit/events', (news) => setSession(news as SessionView));
  }, [id, over]);

  if (open.isError) return <RefusedDoor error={open.error} />;
  if (session === null) return <FullPageNote title={visit.titles.join(', ')} text={t('visit.opening')} />;
  return (
    <ViewerScreen
      key={session.id}
      session={session}
      ticket={api.visit.ticket}
      closing={false}
      onClose={onLeft}
    />
  );
}
