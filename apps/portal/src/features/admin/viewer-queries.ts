import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';

export const VIEWERS = ['admin', 'viewers'] as const;

const ACTS = {
  enable: api.admin.enableViewer,
  disable: api.admin.disableViewer,
  test: api.admin.testViewer,
};
export type ViewerAct = keyof typeof ACTS;

export function useChangeViewer(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (act: ViewerAct) => ACTS[act](id),
    onSettled: () => queries.invalidateQueries({ queryKey: VIEWERS }),
  });
}
