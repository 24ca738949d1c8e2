import type { Socket } from 'node:net';
import { Problem } from '@vitrine/kernel';

/** Reads a stranger's stream in pieces of known length, and not more than `limit` bytes in all. */
export class ByteReader {
  private chunks: Buffer[] = [];
  private held = 0;
  private total = 0;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(
    socket: Socket,
    private readonly limit: number,
    signal: AbortSignal,
  ) {
    const fail = (error: Error) => {
      this.failure ??= error;
      this.wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.total += chunk.length;
      if (this.total > this.limit) {
        fail(new Error('more than was agreed'));
        socket.destroy();
        return;
      }
      this.chunks.push(chunk);
      this.held += chunk.length;
      this.wake();
    });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the stream ended')));
    const abort = () => fail(new Error('the time is up'));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  }

  async read(length: number): Promise<Buffer> {
    while (this.held < length) {
      if (this.failure) throw new Problem('hypervisor.not-answering', { cause: this.failure });
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    const all = Buffer.concat(this.chunks);
    const rest = all.subarray(length);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.held = rest.length;
    return all.subarray(0, length);
  }
}
