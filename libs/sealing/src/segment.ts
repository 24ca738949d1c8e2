import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { SALT_BYTES, SealBroken, TAG_BYTES } from './format.js';

const CIPHER = 'aes-256-gcm';

/** Under which key, and bound to what (`contextOf`), bytes are sealed. */
export interface SealingTerms {
  readonly key: KeyObject;
  readonly context: Uint8Array;
}

/** Which segment it is. Both go into the nonce, so a segment opens only where it was sealed. */
export interface SegmentPlace {
  readonly index: number;
  readonly last: boolean;
}

/**
 * The nonce of NIST SP 800-38D §8.2: a salt of the segment's own, its number and the last-segment flag, as in the
 * STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015). The salt makes it safe to seal one segment twice,
 * as happens when an upload is taken up again.
 */
function nonceOf(salt: Uint8Array, { index, last }: SegmentPlace): Buffer {
  const nonce = Buffer.alloc(SALT_BYTES + 5);
  nonce.set(salt);
  nonce.writeUInt32BE(index, SALT_BYTES);
  nonce[SALT_BYTES + 4] = last ? 1 : 0;
  return nonce;
}

// Made many at a time: asking for seven bytes takes as long as sealing some thousand.
let salts = Buffer.alloc(0);

function newSalt(): Buffer {
  // Not filled anew: who has the old ones may not have written them yet.
  if (salts.length === 0) salts = randomBytes(512 * SALT_BYTES);
  const salt = salts.subarray(0, SALT_BYTES);
  salts = salts.subarray(SALT_BYTES);
  return salt;
}

/** Seals one segment, whose plain bytes may come in pieces: salt, ciphertext, tag, in buffers that follow each other. */
export function sealPieces(
  { key, context }: SealingTerms,
  place: SegmentPlace,
  plain: readonly Uint8Array[],
): Buffer[] {
  const salt = newSalt();
  const cipher = createCipheriv(CIPHER, key, nonceOf(salt, place));
  cipher.setAAD(context);
  const sealed = [salt, ...plain.map((piece) => cipher.update(piece))];
  cipher.final();
  return [...sealed, cipher.getAuthTag()];
}

/** The same for one piece, written into `target`. Returns how many bytes that were. */
export function sealSegment(
  terms: SealingTerms,
  place: SegmentPlace,
  plain: Uint8Array,
  target: Uint8Array,
): number {
  let at = 0;
  for (const part of sealPieces(terms, place, [plain])) {
    target.set(part, at);
    at += part.length;
  }
  return at;
}

/** The plain bytes of one sealed segment. Throws `SealBroken`. */
export function openSegment({ key, context }: SealingTerms, place: SegmentPlace, sealed: Uint8Array): Buffer {
  const end = sealed.length - TAG_BYTES;
  if (end < SALT_BYTES) throw new SealBroken();
  const decipher = createDecipheriv(CIPHER, key, nonceOf(sealed.subarray(0, SALT_BYTES), place), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(context);
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(SALT_BYTES, end));
  try {
    decipher.final();
  } catch {
    throw new SealBroken();
  }
  return plain;
}
