import type { FileHandle } from 'node:fs/promises';
import {
  MAGIC,
  openSegment,
  plainSize,
  SealBroken,
  SEALED_SEGMENT_BYTES,
  sealSegment,
  SEGMENT_BYTES,
  segmentOffset,
  type SealingTerms,
} from '@vitrine/sealing';

/** Segments that are written at one go: each write is a way to another thread and back. */
const BATCH = 16;
/** Flushed at the end only, the medium would have nothing to do until then, and the sender nothing from then on. */
const FLUSHED_BYTES = 32 * 1024 * 1024;

/**
 * A sealed file that grows: whole segments, and a shorter one where the last request ended. When the upload goes on,
 * the shorter one is opened, filled and sealed anew. The segment that completes the file is sealed as its last. While a
 * batch of segments is written, the next is filled, and what was written before is on its way to the medium.
 */
export class SealedUpload {
  private readonly segment = Buffer.alloc(SEGMENT_BYTES);
  private batch = Buffer.alloc(BATCH * SEALED_SEGMENT_BYTES);
  private spare = Buffer.alloc(BATCH * SEALED_SEGMENT_BYTES);
  /** Sealed bytes in the batch, and where they belong. */
  private batched = 0;
  private position = 0;
  private writing: Promise<void> = Promise.resolve();
  private unflushed = 0;
  private flushing: Promise<void> | undefined;
  private filled = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly terms: SealingTerms,
    /** Bytes that the upload has in the end. */
    private readonly size: number,
    private index: number,
  ) {}

  /**
   * How many bytes are there and can be gone on from. A crash may have left a segment half written: it is cut off, and
   * the client sends it again.
   */
  static async offsetOf(file: FileHandle, terms: SealingTerms, size: number): Promise<number> {
    const { size: stored } = await file.stat();
    const offset = plainSize(stored);
    if (offset === size) return size;
    const whole = Math.floor(Math.max(0, stored - MAGIC.length) / SEALED_SEGMENT_BYTES);
    if (offset !== undefined && offset % SEGMENT_BYTES > 0) {
      try {
        await readTail(file, terms, whole, offset % SEGMENT_BYTES);
        return offset;
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error;
      }
    }
    await file.truncate(whole === 0 ? 0 : segmentOffset(whole));
    return whole * SEGMENT_BYTES;
  }

  /** Goes on at `offset`, which is what `offsetOf` said. */
  static async at(
    file: FileHandle,
    terms: SealingTerms,
    size: number,
    offset: number,
  ): Promise<SealedUpload> {
    const upload = new SealedUpload(file, terms, size, Math.floor(offset / SEGMENT_BYTES));
    if (offset === 0) await file.write(MAGIC, 0, MAGIC.length, 0);
    upload.filled = offset % SEGMENT_BYTES;
    if (upload.filled > 0) upload.segment.set(await readTail(file, terms, upload.index, upload.filled));
    return upload;
  }

  get offset(): number {
    return this.index * SEGMENT_BYTES + this.filled;
  }

  async append(chunk: Uint8Array): Promise<void> {
    if (this.offset + chunk.length > this.size) throw new RangeError('more than was announced');
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + SEGMENT_BYTES - this.filled);
      this.segment.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === SEGMENT_BYTES) await this.seal();
    }
  }

  /**
   * Writes what is left, also what does not fill a segment. Must be called at the end, also after a failure. The last of
   * it is not flushed yet.
   */
  async finish(): Promise<void> {
    try {
      if (this.filled > 0 || this.size === 0) await this.seal();
      await this.write();
      await this.writing;
    } finally {
      // An error of the medium is told once, to who flushes first.
      await this.flushing;
    }
  }

  private async seal(): Promise<void> {
    if (this.batched === 0) this.position = segmentOffset(this.index);
    const place = { index: this.index, last: this.offset === this.size };
    const plain = this.segment.subarray(0, this.filled);
    this.batched += sealSegment(this.terms, place, plain, this.batch.subarray(this.batched));
    if (this.filled === SEGMENT_BYTES) {
      this.index++;
      this.filled = 0;
    }
    if (this.batched === this.batch.length) await this.write();
  }

  private async write(): Promise<void> {
    await this.writing;
    const full = this.batch.subarray(0, this.batched);
    this.flushBehind();
    this.writing = writeAt(this.file, full, this.position);
    // Whoever waits for it next hears of it.
    this.writing.catch(() => undefined);
    this.unflushed += full.length;
    [this.batch, this.spare] = [this.spare, this.batch];
    this.batched = 0;
  }

  /** One flush at a time; one that failed stays for `finish`. */
  private flushBehind(): void {
    if (this.unflushed < FLUSHED_BYTES || this.flushing !== undefined) return;
    this.unflushed = 0;
    const flushing = this.file.datasync().then(() => {
      this.flushing = undefined;
    });
    flushing.catch(() => undefined);
    this.flushing = flushing;
  }
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  if (bytes.length === 0) return;
  const { bytesWritten } = await file.write(bytes, 0, bytes.length, position);
  // Otherwise the disk is full, and the next try says so.
  if (bytesWritten < bytes.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
}

async function readTail(
  file: FileHandle,
  terms: SealingTerms,
  index: number,
  bytes: number,
): Promise<Buffer> {
  const sealed = Buffer.alloc(SEALED_SEGMENT_BYTES);
  const { bytesRead } = await file.read(sealed, 0, sealed.length, segmentOffset(index));
  const plain = openSegment(terms, { index, last: false }, sealed.subarray(0, bytesRead));
  if (plain.length !== bytes) throw new SealBroken();
  return plain;
}
