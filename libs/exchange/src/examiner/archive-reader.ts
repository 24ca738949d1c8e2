import { Readable } from 'node:stream';
import { fromRandomAccessReader, RandomAccessReader, type ZipFile } from 'yauzl';
import type { OpenSource } from './file-source.js';

const PIECE_BYTES = 64 * 1024;

/** Lets the ZIP library read from a source that may be sealed. Closes the source when the archive is closed. */
class SourceReader extends RandomAccessReader {
  constructor(private readonly source: OpenSource) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(pieces(this.source, start, end), { objectMode: false });
  }

  /** The directory is read in some ten bytes at a time, for each of which a stream of its own would be far too much. */
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    done: (error: Error | null) => void,
  ): void {
    let filled = 0;
    let failure: Error | null = null;
    try {
      for (const piece of pieces(this.source, position, position + length)) {
        buffer.set(piece, offset + filled);
        filled += piece.length;
      }
      if (filled < length) failure = new Error('The archive ends too early.');
    } catch (error) {
      failure = error as Error;
    }
    setImmediate(done, failure);
  }

  override close(done: (error: Error | null) => void): void {
    this.source.close();
    setImmediate(done, null);
  }
}

function* pieces(source: OpenSource, start: number, end: number): Generator<Uint8Array> {
  // From one segment to the next, so that none is opened twice.
  for (let at = start; at < end;) {
    const to = Math.min(end, (Math.floor(at / PIECE_BYTES) + 1) * PIECE_BYTES);
    const piece = source.read(at, to - at);
    if (piece.length === 0) return;
    yield piece;
    at += piece.length;
  }
}

/**
 * Undecoded names and unchecked sizes: one bad entry must not end the reading of all others. Bytes are counted and
 * their checksum compared by the caller, who also closes the archive.
 */
export function openZip(source: OpenSource): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromRandomAccessReader(
      new SourceReader(source),
      source.size,
      { lazyEntries: true, decodeStrings: false, validateEntrySizes: false, autoClose: false },
      (error, zip) => {
        if (error === null) resolve(zip);
        else {
          source.close();
          reject(error);
        }
      },
    );
  });
}
