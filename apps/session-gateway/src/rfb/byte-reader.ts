import type { Socket } from 'node:net';

/** Reads exact numbers of bytes from a socket, in order, with a bound on everything together. */
export class ByteReader {
  private received: Buffer = Buffer.alloc(0);
  private waiting: { count: number; resolve(bytes: Buffer): void; reject(error: Error): void } | undefined;
  private failure: Error | undefined;
  private total = 0;

  constructor(socket: Socket, maximumBytes: number) {
    socket.on('data', (chunk: Buffer) => {
      this.total += chunk.length;
      if (this.total > maximumBytes) {
        this.fail(new Error('too many bytes'));
        return;
      }
      this.received = Buffer.concat([this.received, chunk]);
      this.serve();
    });
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('closed')));
  }

  read(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.waiting = { count, resolve, reject };
      this.serve();
    });
  }

  fail(error: Error): void {
    this.failure ??= error;
    this.serve();
  }

  private serve(): void {
    const { waiting } = this;
    if (waiting === undefined) return;
    if (this.received.length >= waiting.count) {
      this.waiting = undefined;
      const bytes = this.received.subarray(0, waiting.count);
      this.received = this.received.subarray(waiting.count);
      waiting.resolve(bytes);
    } else if (this.failure !== undefined) {
      this.waiting = undefined;
      waiting.reject(this.failure);
    }
  }
}
