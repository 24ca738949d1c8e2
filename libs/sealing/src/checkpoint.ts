import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in PKCS #8 (DER). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const PURPOSE = 'vitrine checkpoint 1';

/**
 * How far a list that only grows had come: a digest over its newest lines, bound to all before it by `previous`. As the
 * checkpoints of transparency logs (RFC 6962 calls them signed tree heads), without the tree: nobody asks for one line.
 */
export interface CheckpointClaim {
  /** From 1, without a gap. */
  readonly number: number;
  /** `digestOf` the checkpoint before; empty for the first. */
  readonly previous: string;
  /** The numbers of the lines that it is about, both included. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** How many there are. */
  readonly lines: number;
  /** Over these lines, in their order; hexadecimal. */
  readonly sha256: string;
}

export interface Checkpoint extends CheckpointClaim {
  /** When it was signed: ISO 8601, by the clock of whoever signed. */
  readonly at: string;
  /** Ed25519 (RFC 8032), base64. */
  readonly signature: string;
}

/** Who signs, and how far that had come. */
export interface NotaryState {
  /** PEM (SubjectPublicKeyInfo). */
  readonly publicKey: string;
  /** Undefined where nothing was signed yet. */
  readonly last: Checkpoint | undefined;
}

/** Signs checkpoints and remembers the last, where who writes the list cannot reach. */
export abstract class Notary {
  abstract state(options: { readonly signal: AbortSignal }): Promise<NotaryState>;

  /**
   * Signs what follows the last, and only that; the last again for the same claim, since an answer may be lost. A notary
   * that remembers nothing begins with whatever comes first. Throws `sessions.not-permitted` for anything else.
   */
  abstract sign(claim: CheckpointClaim, options: { readonly signal: AbortSignal }): Promise<Checkpoint>;
}

/** The same key again for the same 32 bytes. */
export const checkpointKey = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });

export const publicKeyOf = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();

/** What was claimed does not follow what was signed last. */
export class NotContinued extends Error {
  override readonly name = 'NotContinued';
}

/**
 * The checkpoint that comes after `last`; `last` again for its own claim. Throws `NotContinued`.
 *
 * @param at The time of signing, ISO 8601.
 */
export function nextCheckpoint(
  key: KeyObject,
  last: Checkpoint | undefined,
  claim: CheckpointClaim,
  at: string,
): Checkpoint {
  if (last !== undefined) {
    if (isSameClaim(last, claim)) return last;
    if (claim.number !== last.number + 1) throw new NotContinued('another number comes next');
    if (claim.previous !== digestOf(last)) throw new NotContinued('another checkpoint was the last');
    if (claim.firstSequence !== last.lastSequence + 1) throw new NotContinued('lines were left out');
  }
  if (claim.lastSequence < claim.firstSequence) throw new NotContinued('it is about nothing');
  const { number, previous, firstSequence, lastSequence, lines, sha256 } = claim;
  const stated = { number, previous, firstSequence, lastSequence, lines, sha256, at };
  return { ...stated, signature: sign(null, bytesOf(stated), key).toString('base64') };
}

export const isSignedBy = (publicKey: string, checkpoint: Checkpoint): boolean =>
  verify(null, bytesOf(checkpoint), publicKey, Buffer.from(checkpoint.signature, 'base64'));

/** What the next one names this one by: over all of it, whoever signed it. Hexadecimal. */
export const digestOf = (checkpoint: Checkpoint): string =>
  createHash('sha256').update(bytesOf(checkpoint)).update(checkpoint.signature).digest('hex');

const isSameClaim = (a: CheckpointClaim, b: CheckpointClaim): boolean =>
  bytesOf({ ...a, at: '' }).equals(bytesOf({ ...b, at: '' }));

const bytesOf = (stated: Omit<Checkpoint, 'signature'>): Buffer =>
  Buffer.from(
    JSON.stringify([
      PURPOSE,
      stated.number,
      stated.previous,
      stated.firstSequence,
      stated.lastSequence,
      stated.lines,
      stated.sha256,
      stated.at,
    ]),
  );
