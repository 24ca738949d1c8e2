import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { integer, object, oneOf, text } from './decode.js';

const VERSION = 1;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** What the host says first: a number that was never used before. */
export const CHALLENGE = object({
  kind: oneOf('challenge'),
  version: integer(VERSION, VERSION),
  nonce: text(SECRET, 43),
});
/** What a client answers before anything else: that it has the key. */
export const PROOF = object({ kind: oneOf('proof'), proof: text(SECRET, 43) });

export const newChallenge = () =>
  ({ kind: 'challenge', version: VERSION, nonce: randomBytes(32).toString('base64url') }) as const;

export const proofOf = (key: Buffer, nonce: string): string =>
  createHmac('sha256', key).update(`hello\n${nonce}`).digest('base64url');

export const proves = (key: Buffer, nonce: string, proof: string): boolean =>
  timingSafeEqual(Buffer.from(proofOf(key, nonce)), Buffer.from(proof));
