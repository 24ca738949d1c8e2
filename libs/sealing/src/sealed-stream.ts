import { GatheringSealer } from './gathering-sealer.js';
import type { SealingTerms } from './segment.js';

/** Seals content of any length as it comes. Chunks may be kept until the next one comes: nobody writes into them. */
export async function* sealed(
  content: AsyncIterable<Uint8Array>,
  terms: SealingTerms,
): AsyncGenerator<Buffer, void, undefined> {
  const sealer = new GatheringSealer(terms);
  for await (const chunk of content) {
    const parts = sealer.add(chunk);
    if (parts.length > 0) yield Buffer.concat(parts);
  }
  yield Buffer.concat(sealer.end());
}
