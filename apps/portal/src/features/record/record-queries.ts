import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Item, ItemKind } from '../../api/types.js';
import { awaitsPictures } from './awaits-pictures.js';

export const RECORD = ['record'] as const;

export const useRecord = (search: string, kind?: ItemKind) =>
  useQuery({
    queryKey: [...RECORD, 'list', search, kind ?? 'all'],
    queryFn: async () => (await api.record.list(search, kind)).items,
    placeholderData: (before) => before,
    // What a viewer left behind comes when its guest is gone, which may be after this page.
    refetchInterval: (query) => (awaitsPictures(query.state.data ?? []) ? 3000 : 10_000),
  });

/** Whether the stored files are what they were; changes slowly. */
export const useIntegrity = () =>
  useQuery({ queryKey: [...RECORD, 'integrity'], queryFn: api.record.integrity, staleTime: 60_000 });

/** What could not be kept, until it is read. What was saved in a viewer is looked at a moment after it is closed. */
export const useLosses = () =>
  useQuery({ queryKey: [...RECORD, 'losses'], queryFn: api.record.losses, refetchInterval: 10_000 });

export const useItem = (id: string) =>
  useQuery({ queryKey: [...RECORD, 'item', id], queryFn: () => api.record.get(id) });

/** What things can be opened with; changes when an admin changes the viewers. */
export const viewerChoices = (ids: readonly string[]) =>
  queryOptions({
    queryKey: ['viewers', ...ids],
    queryFn: () => api.viewers.forItems(ids),
    staleTime: 15_000,
    refetchInterval: ({ state }) => (state.data?.soon === true ? 10_000 : false),
  });

export const useViewerChoices = (ids: readonly string[]) =>
  useQuery({ ...viewerChoices(ids), enabled: ids.length > 0 });

/** Takes an item out of every list at once; what the server says afterwards is the truth. */
function dropFromLists(queries: QueryClient, id: string): void {
  queries.setQueriesData<Item[]>({ queryKey: [...RECORD, 'list'] }, (items) =>
    items?.filter((item) => item.id !== id),
  );
}

const useRefresh = () => {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: RECORD });
};

export function useAccept() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ item, confirmMismatch }: { item: Item; confirmMismatch: boolean }) =>
      api.record.accept(item.id, confirmMismatch),
    onSettled: refresh,
  });
}

export function useReject() {
  const queries = useQueryClient();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (item: Item) => api.record.reject(item.id),
    onMutate: (item) => dropFromLists(queries, item.id),
    onSettled: refresh,
  });
}

export function useReadLoss() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: api.record.readLoss, onSettled: refresh });
}

export function useRemove() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (item: Item) => api.record.remove(item.id),
    onSuccess: (_, item) => dropFromLists(queries, item.id),
    // Asking for the thing itself would only say that it is gone, on the page from which it was removed.
    onSettled: () => queries.invalidateQueries({ queryKey: [...RECORD, 'list'] }),
  });
}
