import { api } from '../../api/api.js';

export const BUILDS = ['studio', 'builds'] as const;
export const SUBMITTED = ['studio', 'submitted'] as const;

export const buildsQuery = { queryKey: BUILDS, queryFn: api.studio.builds, refetchInterval: 5_000 };
export const basesQuery = { queryKey: ['studio', 'bases'], queryFn: api.studio.bases };
/** A test takes up to a minute, an approval longer. */
export const submittedQuery = { queryKey: SUBMITTED, queryFn: api.studio.submitted, refetchInterval: 5_000 };
