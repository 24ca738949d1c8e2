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
  /** Asked for once a header is written that needs it; may read the whole file. */
  crc32(signal: AbortSignal): Promise<number>;
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
      const head = this.headOf(source, 0);
      this.offsets.push(at);
      at += localHeaderBytes(head) + head.storedBytes;
    }
    this.directoryAt = at;
    sources.forEach((source, index) => {
      at += centralHeaderBytes(this.headOf(source, 0), this.offsetOf(index));
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
      const head = this.headOf(source, 0);
      yield {
        bytes: localHeaderBytes(head),
        make: (range) => once(this.whole(source, signal).then(localHeader), range),
      };
      const { sealer } = this;
      yield {
        bytes: head.storedBytes,
        make: (range) =>
          sealer === undefined ? source.read(range) : cut(sealer.seal(source, index, signal), range),
      };
    }
    for (const [index, source] of this.sources.entries()) {
      const offset = this.offsetOf(index);
      yield {
        bytes: centralHeaderBytes(this.headOf(source, 0), offset),
        make: (range) =>
          once(
            this.whole(source, signal).then((head) => centralHeader(head, offset)),
            range,
          ),
      };
    }
    const end = this.end();
    yield { bytes: end.length, make: (range) => once(Promise.resolve(end), range) };
  }

  private headOf({ name, at, bytes }: ZipSource, crc32: number): ZipHead {
    const { sealer } = this;
    return {
      name,
      at,
      crc32,
      plainBytes: bytes,
      storedBytes: bytes + (sealer?.overhead ?? 0),
      method: sealer === undefined ? 0 : 99,
      extra: sealer?.extra ?? Buffer.alloc(0),
    };
  }

  /** A sealed file has its own proof of being whole, and no sum of the plain bytes that would tell something of it. */
  private async whole(source: ZipSource, signal: AbortSignal): Promise<ZipHead> {
    return this.headOf(source, this.sealer === undefined ? await source.crc32(signal) : 0);
  }

  private offsetOf(index: number): number {
    return this.offsets[index] ?? 0;
  }

  private end(): Buffer {
    return endOfArchive(this.sources.length, this.directoryAt, this.directoryBytes);
  }
}

async function* once(bytes: Promise<Buffer>, { start, end }: ByteRange): AsyncGenerator<Uint8Array> {
  yield (await bytes).subarray(start, end);
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
