import type { ByteSource } from '@vitrine/sealing';
import type { S3Requests } from './s3-requests.js';

/** Most files are opened with one request. */
const FIRST_BYTES = 1024 ** 2;
/** Of one that is read on. Two of them are held at most. */
const NEXT_BYTES = 4 * 1024 ** 2;

/** What reads parts of objects. */
export type Ranges = Pick<S3Requests, 'range'>;

interface Window {
  readonly start: number;
  readonly bytes: Buffer;
}

/**
 * An object that is read in windows, as fast as its reader takes them: a reader who pauses holds no connection. While
 * one window is read, the next is on its way.
 */
export class RemoteBytes implements ByteSource {
  private readonly ending = new AbortController();
  private ahead: { readonly start: number; readonly window: Promise<Window> } | undefined;

  private constructor(
    private readonly requests: Ranges,
    private readonly key: string,
    private window: Window = { start: 0, bytes: Buffer.alloc(0) },
    private size = 0,
  ) {}

  /** Throws `vault.damaged` when there is no such object. */
  static async open(requests: Ranges, key: string): Promise<RemoteBytes> {
    const source = new RemoteBytes(requests, key);
    source.window = await source.load(0, FIRST_BYTES);
    return source;
  }

  stat(): Promise<{ readonly size: number }> {
    return Promise.resolve({ size: this.size });
  }

  async read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }> {
    const wanted = Math.max(0, Math.min(length, this.size - position));
    let done = 0;
    while (done < wanted) {
      const { start, bytes } = await this.windowAt(position + done);
      done += bytes.copy(buffer, offset + done, position + done - start, position + wanted - start);
    }
    return { bytesRead: done };
  }

  close(): Promise<void> {
    this.ending.abort();
    this.window = { start: 0, bytes: Buffer.alloc(0) };
    return Promise.resolve();
  }

  private async windowAt(position: number): Promise<Window> {
    const { start, bytes } = this.window;
    const end = start + bytes.length;
    if (position >= start && position < end) return this.window;
    const { ahead } = this;
    this.ahead = undefined;
    this.window = await (ahead?.start === position ? ahead.window : this.load(position, FIRST_BYTES));
    // Somebody reads on: so they will.
    const next = position + this.window.bytes.length;
    if (position === end && next < this.size) {
      const window = this.load(next, NEXT_BYTES);
      // Whoever reads so far is told.
      window.catch(() => undefined);
      this.ahead = { start: next, window };
    }
    return this.window;
  }

  private async load(start: number, bytes: number): Promise<Window> {
    const buffer = Buffer.allocUnsafe(this.size === 0 ? bytes : Math.min(bytes, this.size - start));
    let end = start;
    const take = (chunk: Buffer, at: number) => {
      end = at + chunk.copy(buffer, at - start);
    };
    this.size = await this.requests.range(this.key, { start, end: start + bytes }, take, this.ending.signal);
    return { start, bytes: buffer.subarray(0, end - start) };
  }
}
