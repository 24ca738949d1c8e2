import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { Isolation, ViewerAdmin } from '../../api/types.js';

export const VIEWERS = ['admin', 'viewers'] as const;

/** A step of a test is seen when it is done, and the short ones one after another. */
export const LIVE_MS = 500;

export const isUnderTest = ({ state, admission }: ViewerAdmin): boolean =>
  state === 'testing' || admission?.over === false;

const ACTS = {
  enable: api.admin.enableViewer,
  disable: api.admin.disableViewer,
  test: api.admin.testViewer,
  approve: api.admin.approveViewer,
};
export type ViewerAct = keyof typeof ACTS;

export const useChangeViewer = (id: string) => useViewerMutation((act: ViewerAct) => ACTS[act](id));

export const useIsolateViewer = (id: string) =>
  useViewerMutation((isolation: Isolation) => api.admin.isolateViewer(id, isolation));

export const useAllowResults = (id: string) =>
  useViewerMutation((allowed: boolean) => api.admin.allowResults(id, allowed));
export const useAllowEgress = (id: string) =>
  useViewerMutation((egress: string[]) => api.admin.allowEgress(id, egress));

function useViewerMutation<Wish>(mutationFn: (wish: Wish) => Promise<ViewerAdmin>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => queries.invalidateQueries({ queryKey: VIEWERS }),
  });
}
