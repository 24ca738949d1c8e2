import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** An id of our own: 128 random bits as 32 hex digits. Safe as a file name, a container name and a URL part. */
export const newId = (): string => randomBytes(16).toString('hex');

/** True for what `newId` makes; every id from outside is checked with it before it becomes part of a path. */
export const isId = (text: unknown): text is string =>
  typeof text === 'string' && /^[0-9a-f]{32}$/.test(text);

/** A capability that is shown once: 256 random bits, base64url, 43 characters. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** What is stored of a secret. Plain SHA-256 suffices because the input has 256 random bits. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Compares two hex digests of equal length in constant time. */
export const sameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
