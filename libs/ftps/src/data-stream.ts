import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';

/**
 * The encrypted side of a data connection. It stands between so that the end of the connection can be told from the end
 * of TLS: a TLS socket of Node ends in the same way after both.
 */
class Wire extends Duplex {
  /** The connection has ended, and everything before was read. */
  hasEnded = false;

  constructor(private readonly raw: Socket) {
    super({ allowHalfOpen: true });
    // First of all listeners, so that it is known before TLS hears of it.
    this.on('end', () => {
      this.hasEnded = true;
    });
    raw.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) raw.pause();
    });
    raw.on('end', () => this.push(null));
    raw.on('error', () => this.destroy());
    raw.on('close', () => {
      // What has come whole is still to be read.
      if (!raw.readableEnded) this.destroy();
    });
  }

  override _read(): void {
    this.raw.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.raw.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.raw.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.raw.destroy();
    done(error);
  }
}

/** A data connection in TLS, of which we know whether the peer said its end itself. */
export class DataStream extends TLSSocket {
  /**
   * True once the peer said that it has sent everything (close_notify, RFC 5246 §7.2.1). In FTP the end of the connection
   * is the end of the file: without this, a client that was killed would leave half a file that looks whole.
   */
  endedByPeer = false;
  private readonly wire: Wire;

  constructor(raw: Socket, options: TLSSocketOptions) {
    const wire = new Wire(raw);
    super(wire, options);
    this.wire = wire;
    this.on('error', () => undefined);
  }

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk === null && !this.wire.hasEnded) this.endedByPeer = true;
    return super.push(chunk, encoding);
  }

  /** False when the handshake failed or was not done in time. */
  secured(deadlineMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (done: boolean) => {
        clearTimeout(timer);
        resolve(done);
      };
      const timer = setTimeout(() => end(false), deadlineMs);
      this.once('secure', () => end(true));
      this.once('close', () => end(false));
    });
  }
}
