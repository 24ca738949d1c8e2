import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api } from '../../api/api.js';
import { listenTo } from '../../api/listen.js';
import { useWords } from '../../app/use-words.js';
import { FullPageNote } from '../../parts/full-page-note.js';
import { isOver } from '../viewer/use-session.js';
import { ViewerScreen } from '../viewer/viewer-screen.js';
import { BUILDS } from './studio-queries.js';

/** The screen of a copy. Closing it leaves the copy open: what was installed must not go with a window. */
export function BuildPage() {
  const { sessionId } = useParams({ from: '/signed-in/studio/$sessionId' });
  const { t } = useWords();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const key = [...BUILDS, sessionId];
  const build = useQuery({ queryKey: key, queryFn: () => api.studio.build(sessionId), staleTime: 0 });
  const listen = build.data !== undefined && !isOver(build.data);
  useEffect(() => {
    if (!listen) return;
    return listenTo(`/api/studio/builds/${encodeURIComponent(sessionId)}/events`, (news) =>
      queries.setQueryData([...BUILDS, sessionId], news),
    );
  }, [sessionId, listen, queries]);
  const home = () => {
    void queries.invalidateQueries({ queryKey: BUILDS, exact: true });
    void navigate({ to: '/studio' });
  };
  if (build.data === undefined) {
    if (!build.isError) return null;
    return <FullPageNote text={t('studio.gone')} action={{ label: t('studio.back'), onClick: home }} />;
  }
  return (
    <ViewerScreen
      key={sessionId}
      session={{ ...build.data, title: t('studio.copyOf', { title: build.data.title }) }}
      ticket={() => api.studio.ticket(sessionId)}
      closing={false}
      onClose={home}
      onHome={home}
    />
  );
}
