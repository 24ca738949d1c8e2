import { fstatSync, readSync } from 'node:fs';
import {
  MAGIC,
  plainSize,
  SealBroken,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  segmentOffset,
  segmentsOf,
  type FileSlice,
} from './format.js';
import { openSegment, type SealingTerms } from './segment.js';

/**
 * The plain bytes of a sealed file, or of one that is a slice of a larger file, read where they are wanted: a read opens
 * the segments that it touches and no others. Synchronous, for threads and processes of their own. The descriptor stays the caller's.
 */
export class SealedFile {
  /** Plain bytes. */
  readonly size: number;
  private readonly place: FileSlice;
  private readonly segments: number;
  private readonly buffer = Buffer.alloc(SEALED_SEGMENT_BYTES);
  private opened: { readonly index: number; readonly plain: Buffer } | undefined;

  /** Throws `SealBroken` when the file cannot be one that was sealed. */
  constructor(
    private readonly fd: number,
    private readonly terms: SealingTerms,
    slice?: FileSlice,
  ) {
    this.place = slice ?? wholeOf(fd);
    this.size = sizeOf(fd, this.place);
    this.segments = segmentsOf(this.size);
  }

  /** Up to `length` bytes; fewer at the end. Throws `SealBroken`. */
  read(offset: number, length: number): Buffer {
    const end = Math.min(this.size, offset + Math.max(0, length));
    if (offset >= end) {
      // An empty file is authentic only when its one segment is.
      if (this.size === 0) this.segment(0);
      return Buffer.alloc(0);
    }
    const parts: Buffer[] = [];
    for (let at = offset; at < end;) {
      const index = Math.floor(at / SEGMENT_BYTES);
      const start = index * SEGMENT_BYTES;
      const part = this.segment(index).subarray(at - start, end - start);
      parts.push(part);
      at += part.length;
    }
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }

  private segment(index: number): Buffer {
    if (this.opened?.index === index) return this.opened.plain;
    const offset = segmentOffset(index);
    // Behind the end of a slice lies another's.
    const length = Math.min(SEALED_SEGMENT_BYTES, this.place.bytes - offset);
    const bytes = readSync(this.fd, this.buffer, 0, length, this.place.start + offset);
    const last = index === this.segments - 1;
    const plain = openSegment(this.terms, { index, last }, this.buffer.subarray(0, bytes));
    if (!last && plain.length !== SEGMENT_BYTES) throw new SealBroken();
    this.opened = { index, plain };
    return plain;
  }
}

/** Plain bytes of a sealed file. Throws `SealBroken` when the file cannot be one. */
export function sizeOf(fd: number, { start, bytes } = wholeOf(fd)): number {
  const size = plainSize(bytes);
  const magic = Buffer.alloc(MAGIC.length);
  readSync(fd, magic, 0, magic.length, start);
  if (size === undefined || !magic.equals(MAGIC)) throw new SealBroken();
  return size;
}

const wholeOf = (fd: number): FileSlice => ({ start: 0, bytes: fstatSync(fd).size });
