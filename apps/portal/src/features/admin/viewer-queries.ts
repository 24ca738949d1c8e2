import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/api.js';

export const VIEWERS = ['admin', 'viewers'] as const;

export function useChangeViewer(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (act: 'enable' | 'disable' | 'test') => api.admin.changeViewer(id, act),
    onSettled: () => queries.invalidateQueries({ queryKey: VIEWERS }),
  });
}
