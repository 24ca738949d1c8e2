import type { ByteRange } from '@vitrine/vault';
import {
  centralHeader,
  centralHeaderBytes,
  endOfArchive,
  localHeader,
  localHeaderBytes,
  type ZipHead,
} from './zip-format.js';

/** One file that goes into an archive. Its size is known before a byte of it is read. */
export interface ZipSource {
  readonly name: string;
  readonly at: Date;
  readonly bytes: number;
  readonly crc32: number;
  read(range: ByteRange): Promise<AsyncIterable<Uint8Array>>;
}

/** How the content of files is written into an archive. The number of its bytes follows from the plain number. */
export interface ZipSealer {
  readonly overhead: number;
  readonly extra: Buffer;
  /** The sealed bytes of a whole file. */
  seal(source: ZipSource, index: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Bytes of the archive that belong together. */
interface Part {
  readonly bytes: number;
  make(range: ByteRange): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

/**
 * A ZIP archive of which every byte is known by its place before any is made: files are stored, not packed, times are
 * given. Any part can be made by itself, as often as one likes, and is always the same; that is what resuming a
 * download needs. Nothing is kept but names and sizes.
 */
export class ZipArchive {
  readonly bytes: number;
  private readonly offsets: number[] = [];
  private readonly directoryAt: number;
  private readonly directoryBytes: number;

  constructor(
    private readonly sources: readonly ZipSource[],
    private readonly sealer?: ZipSealer,
  ) {
    let at = 0;
    for (const source of sources) {
      const head = this.headOf(source);
      this.offsets.push(at);
      at += localHeaderBytes(head) + head.storedBytes;
    }
    this.directoryAt = at;
    sources.forEach((source, index) => {
      at += centralHeaderBytes(this.headOf(source), this.offsetOf(index));
    });
    this.directoryBytes = at - this.directoryAt;
    this.bytes = at + this.end().length;
  }

  /** The bytes from `start` to `end` (exclusive), made while they are read. */
  async *read({ start, end }: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (const part of this.parts(signal)) {
      signal.throwIfAborted();
      const from = Math.max(start - at, 0);
      const to = Math.min(end - at, part.bytes);
      at += part.bytes;
      if (from < to) yield* await part.make({ start: from, end: to });
      if (at >= end) return;
    }
  }

  private *parts(signal: AbortSignal): Generator<Part> {
    for (const [index, source] of this.sources.entries()) {
      const head = this.headOf(source);
      yield {
        bytes: localHeaderBytes(head),
        make: (range) => once(localHeader(head), range),
      };
      const { sealer } = this;
      yield {
        bytes: head.storedBytes,
        make: (range) =>
          sealer === undefined ? source.read(range) : cut(sealer.seal(source, index, signal), range),
      };
    }
    for (const [index, source] of this.sources.entries()) {
      const head = this.headOf(source);
      const offset = this.offsetOf(index);
      yield {
        bytes: centralHeaderBytes(head, offset),
        make: (range) => once(centralHeader(head, offset), range),
      };
    }
    const end = this.end();
    yield { bytes: end.length, make: (range) => once(end, range) };
  }

  private headOf({ name, at, bytes, crc32 }: ZipSource): ZipHead {
    const { sealer } = this;
    return {
      name,
      at,
      // A sealed file has its own proof of being whole; a sum of the plain bytes would tell something of it.
      crc32: sealer === undefined ? crc32 : 0,
      plainBytes: bytes,
      storedBytes: bytes + (sealer?.overhead ?? 0),
      method: sealer === undefined ? 0 : 99,
      extra: sealer?.extra ?? Buffer.alloc(0),
    };
  }

  private offsetOf(index: number): number {
    return this.offsets[index] ?? 0;
  }

  private end(): Buffer {
    return endOfArchive(this.sources.length, this.directoryAt, this.directoryBytes);
  }
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Buffer, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(start, end);
}

async function* cut(
  content: AsyncIterable<Uint8Array>,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of content) {
    const from = Math.max(start - at, 0);
    const to = Math.min(end - at, chunk.length);
    at += chunk.length;
    if (from < to) yield chunk.subarray(from, to);
    if (at >= end) return;
  }
}
