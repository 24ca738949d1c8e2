import { MAGIC, OVERHEAD_BYTES, SEGMENT_BYTES } from './format.js';
import { sealSegment, type SealingTerms } from './segment.js';

/** Seals content of any length as it comes. Holds at most one segment of it. */
export async function* sealed(
  content: AsyncIterable<Uint8Array>,
  terms: SealingTerms,
): AsyncGenerator<Buffer, void, undefined> {
  yield MAGIC;
  const segment = Buffer.alloc(SEGMENT_BYTES);
  let filled = 0;
  let index = 0;
  const sealIt = (last: boolean): Buffer => {
    const target = Buffer.alloc(filled + OVERHEAD_BYTES);
    sealSegment(terms, { index: index++, last }, segment.subarray(0, filled), target);
    filled = 0;
    return target;
  };
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length;) {
      // Full, and there is more: only now is it known not to be the last.
      if (filled === SEGMENT_BYTES) yield sealIt(false);
      const part = chunk.subarray(at, at + SEGMENT_BYTES - filled);
      segment.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  yield sealIt(true);
}
