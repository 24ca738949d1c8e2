import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Import } from '../../api/types.js';
import { useEvents } from '../../api/use-events.js';

const isOver = (state: Import['state'] | undefined): boolean => state === 'done' || state === 'failed';

/** What the server finds in an import, as it finds it; the slow question beside the stream covers a lost stream. */
export function useImport(importId: string | null) {
  const queries = useQueryClient();
  const key = ['import', importId];
  const found = useQuery({
    queryKey: key,
    queryFn: () => api.imports.get(importId ?? ''),
    enabled: importId !== null,
    refetchInterval: (query) => (isOver(query.state.data?.state) ? false : 3000),
  });
  const listen = importId !== null && !isOver(found.data?.state);
  useEvents<Import>(listen ? `/api/imports/${encodeURIComponent(importId)}/events` : null, (news) => {
    queries.setQueryData(key, news);
    if (isOver(news.state)) void queries.invalidateQueries({ queryKey: ['record'] });
  });
  return found;
}
