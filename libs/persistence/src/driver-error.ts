import { QueryFailedError } from 'typeorm';

/** What the driver threw, whether TypeORM has wrapped it or not. */
export function driverErrorOf(error: unknown): { readonly code?: string; readonly message?: string } {
  const own = error instanceof QueryFailedError ? (error.driverError as unknown) : error;
  return typeof own === 'object' && own !== null ? own : {};
}
