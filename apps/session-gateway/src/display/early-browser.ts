import type { Duplex } from 'node:stream';
import { Problem } from '@vitrine/kernel';

/** What a browser may say before its WebSocket is open: nothing, in fact. */
const MOST_BYTES = 1024;

/**
 * A browser that waits at the door: its request to upgrade has come, and is not answered yet. Nobody reads from its
 * connection meanwhile, so nobody would notice that it left.
 */
export class EarlyBrowser {
  private readonly left = new AbortController();
  private readonly early: Buffer[] = [];
  private readonly listen = () => {
    for (let chunk: unknown; (chunk = this.socket.read()) !== null;) this.early.push(chunk as Buffer);
    if (this.early.reduce((sum, { length }) => sum + length, 0) > MOST_BYTES) this.socket.destroy();
  };
  private readonly leave = () => this.left.abort(new Problem('kernel.invalid'));

  constructor(
    private readonly socket: Duplex,
    private readonly head: Buffer,
  ) {
    socket.on('readable', this.listen).on('end', this.leave).on('close', this.leave);
  }

  /** Fires when the browser is gone. */
  get gone(): AbortSignal {
    return this.left.signal;
  }

  /** Stops watching; gives what has come so far. */
  take(): Buffer {
    this.socket.off('readable', this.listen).off('end', this.leave).off('close', this.leave);
    return Buffer.concat([this.head, ...this.early]);
  }
}
