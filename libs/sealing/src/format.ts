/** Plain bytes of every segment but the last, which has 0 to this many. */
export const SEGMENT_BYTES = 64 * 1024;
export const SALT_BYTES = 7;
export const TAG_BYTES = 16;
/** What sealing adds to each segment. */
export const OVERHEAD_BYTES = SALT_BYTES + TAG_BYTES;
export const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + OVERHEAD_BYTES;
/** How sealed content begins. The digit is the version of the format. */
export const MAGIC = Buffer.from('VTRSEAL1', 'latin1');

/** Sealed content that was cut, changed, moved or made with another key. Says no more: which of these helps nobody. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
  constructor() {
    super('The sealed bytes are not what was sealed.');
  }
}

/** How many segments hold so many plain bytes; empty content is one empty segment. */
export const segmentsOf = (plainBytes: number): number => Math.max(1, Math.ceil(plainBytes / SEGMENT_BYTES));

export const sealedSize = (plainBytes: number): number =>
  MAGIC.length + plainBytes + segmentsOf(plainBytes) * OVERHEAD_BYTES;

/** Plain bytes in a file of this size; undefined when no sealed content has this size. */
export function plainSize(sealedBytes: number): number | undefined {
  const body = sealedBytes - MAGIC.length;
  if (body < OVERHEAD_BYTES) return undefined;
  const rest = body % SEALED_SEGMENT_BYTES;
  const whole = Math.floor(body / SEALED_SEGMENT_BYTES);
  if (rest === 0) return whole * SEGMENT_BYTES;
  // Only empty content has an empty last segment.
  return rest < OVERHEAD_BYTES || (rest === OVERHEAD_BYTES && whole > 0)
    ? undefined
    : whole * SEGMENT_BYTES + rest - OVERHEAD_BYTES;
}

/** Where a segment begins in the sealed file. */
export const segmentOffset = (index: number): number => MAGIC.length + index * SEALED_SEGMENT_BYTES;

/** Where in a larger file a sealed one lies (its own bytes, sealed). */
export interface FileSlice {
  readonly start: number;
  readonly bytes: number;
}

/** Words that sealed bytes are bound to: they open under exactly the same words. */
export const contextOf = (...words: readonly (string | number)[]): Buffer =>
  Buffer.from(JSON.stringify(words));

/** What the bytes of one version of a stored file are bound to. */
export const blobContext = (patientId: string, blobId: string, version: number): Buffer =>
  contextOf('blob', patientId, blobId, version);
