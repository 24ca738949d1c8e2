import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isProblem, mayRetry } from '../api/problem.js';

/** Who is signed in; null when nobody is. */
export const ME = ['me'] as const;

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // A sign-in that has ended elsewhere shows itself in whichever answer comes next.
    onError: (error, query) => {
      if (isProblem(error, 'identity.not-signed-in') && query.meta?.['visitor'] !== true)
        queryClient.setQueryData(ME, null);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => mayRetry(error) && count < 2,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
