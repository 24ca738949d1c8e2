import { open, unlink, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { inLanes } from '@vitrine/kernel';
import { ignoreMissing } from '../damage.js';
import type { LocalCopy } from '../sealed-objects.js';
import { PIECE_BYTES, type S3Requests } from './s3-requests.js';

const PIECES_AT_ONCE = 4;

interface Piece {
  readonly there: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** An object that comes into a file of this machine, in pieces side by side; its beginning is there first. */
export class FetchedCopy implements LocalCopy {
  private readonly ending = new AbortController();
  private readonly pieces: readonly Piece[];
  readonly staged: string;
  private coming: Promise<void> = Promise.resolve();

  private constructor(
    private readonly requests: S3Requests,
    private readonly key: string,
    readonly path: string,
    private readonly file: FileHandle,
    readonly bytes: number,
  ) {
    this.staged = basename(path);
    this.pieces = Array.from({ length: Math.ceil(bytes / PIECE_BYTES) }, newPiece);
  }

  /** Begins it in a new file at `path`. When it returns, the first piece is there. */
  static async begin(
    requests: S3Requests,
    key: string,
    path: string,
    signal?: AbortSignal,
  ): Promise<FetchedCopy> {
    const file = await open(path, 'wx', 0o600);
    try {
      const first = { start: 0, end: PIECE_BYTES };
      const bytes = await requests.range(key, first, (chunk, at) => writeAll(file, chunk, at), signal);
      // Whoever reads it can tell its size from the beginning.
      await file.truncate(bytes);
      const copy = new FetchedCopy(requests, key, path, file, bytes);
      copy.pieces[0]?.resolve();
      copy.coming = copy.fetchRest(signal);
      return copy;
    } catch (error) {
      await file.close();
      await unlink(path).catch(ignoreMissing);
      throw error;
    }
  }

  async until(end: number): Promise<void> {
    const needed = this.pieces.slice(0, Math.ceil(Math.min(end, this.bytes) / PIECE_BYTES));
    await Promise.all(needed.map(({ there }) => there));
  }

  async release(): Promise<void> {
    this.ending.abort(new Error('The copy is not needed any more.'));
    await this.coming;
    await this.file.close();
    await unlink(this.path).catch(ignoreMissing);
  }

  private async fetchRest(signal?: AbortSignal): Promise<void> {
    const stop = () => this.ending.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      await inLanes([...this.pieces.entries()].slice(1), PIECES_AT_ONCE, async ([index, piece]) => {
        const start = index * PIECE_BYTES;
        const place = { start, end: Math.min(this.bytes, start + PIECE_BYTES) };
        const write = (chunk: Buffer, at: number) => writeAll(this.file, chunk, at);
        await this.requests.range(this.key, place, write, this.ending.signal);
        piece.resolve();
      });
    } catch (error) {
      for (const { reject } of this.pieces) reject(error);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
}

function newPiece(): Piece {
  let settle!: Omit<Piece, 'there'>;
  const there = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // Whoever waits for it is told.
  there.catch(() => undefined);
  return { there, ...settle };
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}
