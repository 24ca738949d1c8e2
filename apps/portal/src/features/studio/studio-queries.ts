import { api } from '../../api/api.js';

export const BUILDS = ['admin', 'studio'] as const;

export const buildsQuery = { queryKey: BUILDS, queryFn: api.admin.builds, refetchInterval: 5_000 };
