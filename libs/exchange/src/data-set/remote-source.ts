import type { ByteSource } from '@vitrine/dicom';

/** Thrown out of the reading when bytes are wanted that are not here yet; with them, the reading begins anew. */
export class BytesMissing extends Error {
  constructor(
    readonly offset: number,
    readonly length: number,
  ) {
    super('bytes are missing');
  }
}

/** More of one file than any header needs; a deflated one has to be here whole. */
const MAXIMUM_HELD_BYTES = 64 * 1024 * 1024;
const LEAST_ASKED = 64 * 1024;
const MOST_ASKED = 8 * 1024 * 1024;

/** A file of which parts are here and the rest can be asked for. */
export class RemoteSource implements ByteSource {
  private readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  private held = 0;

  constructor(readonly size: number) {}

  add(offset: number, bytes: Uint8Array): void {
    this.parts.push({ offset, bytes });
    this.held += bytes.length;
  }

  /** True when so much has come that no more is asked for. */
  get full(): boolean {
    return this.held > MAXIMUM_HELD_BYTES;
  }

  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted === 0) return new Uint8Array(0);
    for (const part of this.parts) {
      const at = offset - part.offset;
      if (at >= 0 && at + wanted <= part.bytes.length) return part.bytes.subarray(at, at + wanted);
    }
    // Twice as much each time, so that reading a long header anew after each part stays cheap.
    const more = Math.max(wanted, Math.min(MOST_ASKED, Math.max(LEAST_ASKED, this.held)));
    throw new BytesMissing(offset, Math.min(more, this.size - offset));
  }
}
