import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { api } from '../api/api.js';
import { isProblem } from '../api/problem.js';
import type { Me } from '../api/types.js';
import { ME } from './query-client.js';

async function askWho(): Promise<Me | null> {
  try {
    return await api.me.get();
  } catch (error) {
    if (isProblem(error, 'identity.not-signed-in')) return null;
    throw error;
  }
}

export const useMe = (): UseQueryResult<Me | null> =>
  useQuery({ queryKey: ME, queryFn: askWho, staleTime: 60_000 });
