import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../api/api.js';
import { listenTo } from '../../api/listen.js';
import type { Import } from '../../api/types.js';
import { awaitsPictures } from '../record/awaits-pictures.js';

const isOver = (state: Import['state'] | undefined): boolean => state === 'done' || state === 'failed';

/** What the server finds in an import, as it finds it; the slow question beside the stream covers a lost stream. */
export function useImport(importId: string | null) {
  const queries = useQueryClient();
  const found = useQuery({
    queryKey: ['import', importId],
    queryFn: () => api.imports.get(importId ?? ''),
    enabled: importId !== null,
    refetchInterval: (query) =>
      isOver(query.state.data?.state) && !awaitsPictures(query.state.data?.items ?? []) ? false : 3000,
  });
  const over = isOver(found.data?.state);
  useEffect(() => {
    if (importId === null || over) return;
    return listenTo(`/api/imports/${encodeURIComponent(importId)}/events`, (news) =>
      queries.setQueryData(['import', importId], news),
    );
  }, [importId, over, queries]);
  useEffect(() => {
    if (!over) return;
    void queries.invalidateQueries({ queryKey: ['record'] });
    void queries.invalidateQueries({ queryKey: ['imports'] });
  }, [over, queries]);
  return found;
}
