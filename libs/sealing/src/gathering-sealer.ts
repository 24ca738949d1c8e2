import { MAGIC, SEGMENT_BYTES, segmentsOf } from './format.js';
import { sealPieces, type SealingTerms } from './segment.js';

/** Smaller content is sealed at one go; of larger content never more than this waits. */
const GATHERED_BYTES = 1024 * 1024;

/**
 * Seals content that comes in chunks of any size, many segments at one go and without copying it. Chunks are kept as
 * they are until they are sealed: nobody may write into them.
 */
export class GatheringSealer {
  private gathered: Uint8Array[] = [];
  private gatheredBytes = 0;
  private segments = 0;

  constructor(private readonly terms: SealingTerms) {}

  /** What follows in the sealed content; nothing until enough has come together. */
  add(chunk: Uint8Array): Buffer[] {
    this.gathered.push(chunk);
    this.gatheredBytes += chunk.length;
    if (this.gatheredBytes < GATHERED_BYTES) return [];
    // Something stays for the last segment, which is marked.
    return this.seal(Math.ceil(this.gatheredBytes / SEGMENT_BYTES) - 1, false);
  }

  /** The rest of the sealed content. Nothing is added after it. */
  end(): Buffer[] {
    return this.seal(segmentsOf(this.gatheredBytes), true);
  }

  private seal(segments: number, isEnd: boolean): Buffer[] {
    const sealed: Buffer[] = this.segments === 0 ? [MAGIC] : [];
    for (let n = 0; n < segments; n++) {
      const place = { index: this.segments++, last: isEnd && n === segments - 1 };
      sealed.push(...sealPieces(this.terms, place, this.take(SEGMENT_BYTES)));
    }
    return sealed;
  }

  /** Takes so many bytes from the beginning of what was gathered, or all that there are. */
  private take(most: number): Uint8Array[] {
    const taken: Uint8Array[] = [];
    let left = most;
    while (left > 0) {
      const chunk = this.gathered.shift();
      if (chunk === undefined) break;
      const part = chunk.subarray(0, left);
      if (part.length < chunk.length) this.gathered.unshift(chunk.subarray(part.length));
      taken.push(part);
      left -= part.length;
    }
    this.gatheredBytes -= most - left;
    return taken;
  }
}
