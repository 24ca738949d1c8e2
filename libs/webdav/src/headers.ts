import { WebdavSyntaxError } from './syntax-error.js';

export type Depth = '0' | '1' | 'infinity';

/** RFC 4918 §10.2. */
export function readDepth(header: string | undefined, otherwise: Depth): Depth {
  const depth = (header ?? otherwise).toLowerCase();
  if (depth !== '0' && depth !== '1' && depth !== 'infinity') throw new WebdavSyntaxError();
  return depth;
}

/** RFC 4918 §10.6. */
export function readOverwrite(header: string | undefined): boolean {
  const value = (header ?? 'T').toUpperCase();
  if (value !== 'T' && value !== 'F') throw new WebdavSyntaxError();
  return value === 'T';
}

/** Seconds that a lock is to last (RFC 4918 §10.7): the first wish that we understand, and no longer than `longest`. */
export function readTimeout(header: string | undefined, longest: number): number {
  for (const wish of (header ?? '').split(',')) {
    if (/^\s*infinite\s*$/i.test(wish)) return longest;
    const seconds = /^\s*second-(\d{1,10})\s*$/i.exec(wish)?.[1];
    if (seconds !== undefined) return Math.max(1, Math.min(longest, Number(seconds)));
  }
  return longest;
}

/** A state token in a `Lock-Token` header (RFC 4918 §10.5). */
export function readLockToken(header: string | undefined): string {
  const token = /^\s*<([^<>\s]+)>\s*$/.exec(header ?? '')?.[1];
  if (token === undefined) throw new WebdavSyntaxError();
  return token;
}
