import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { TEST_CERTIFICATE } from './certificate.js';
import { PASSWORD, USER } from './memory-service.js';

const DEADLINE_MS = 10_000;

/** The other side of a control connection, which says what the test wants, right or wrong. */
export class RawClient {
  private stream: Socket;
  private heard = '';
  private wake: (() => void) | undefined;
  /** The latest TLS session of the control connection. */
  session: Buffer | undefined;
  /** When the handshake of the latest data connection is done, or failed. */
  private secured: Promise<unknown> | undefined;
  isClosed = false;

  private constructor(
    private readonly raw: Socket,
    readonly port: number,
  ) {
    this.stream = raw;
    this.listen(raw);
  }

  /** Connects and hears the greeting. */
  static async connect(port: number): Promise<RawClient> {
    const raw = connect({ port, host: '127.0.0.1' });
    const client = new RawClient(raw, port);
    await once(raw, 'connect');
    return client;
  }

  /** Logged in and ready to send. */
  static async ready(port: number): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.reply();
    await client.secure();
    for (const line of [`USER ${USER}`, `PASS ${PASSWORD}`, 'PBSZ 0', 'PROT P', 'TYPE I'])
      await client.say(line);
    return client;
  }

  /** The next reply, whole; of several lines the last. Empty when the connection ended without one. */
  async reply(): Promise<string> {
    const until = Date.now() + DEADLINE_MS;
    for (;;) {
      const found = /^(?:(?!\d{3} ).*\r\n)*(\d{3} .*)\r\n/.exec(this.heard);
      if (found !== null) {
        this.heard = this.heard.slice(found[0].length);
        return found[1] ?? '';
      }
      if (this.isClosed) return '';
      if (Date.now() > until) throw new Error('no reply');
      await this.something(until);
    }
  }

  async say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  write(bytes: string | Buffer): void {
    this.stream.write(bytes);
  }

  async secure(): Promise<void> {
    await this.say('AUTH TLS');
    this.raw.removeAllListeners('data');
    const stream = connectTls({ socket: this.raw, ca: TEST_CERTIFICATE, servername: 'localhost' });
    stream.on('session', (session) => (this.session = session));
    this.stream = stream;
    this.listen(stream);
    await once(stream, 'secureConnect');
  }

  /** The port of a data connection. */
  async passive(): Promise<number> {
    return Number(/\|\|\|(\d+)\|/.exec(await this.say('EPSV'))?.[1]);
  }

  /** A data connection in TLS; its handshake is done once the server has taken it. */
  data(port: number, { session = this.session, localAddress = '127.0.0.1' } = {}): TLSSocket {
    const raw = connect({ port, host: '127.0.0.1', localAddress });
    raw.on('error', () => undefined);
    const tls = connectTls({
      socket: raw,
      ca: TEST_CERTIFICATE,
      servername: 'localhost',
      ...(session === undefined ? {} : { session }),
    });
    this.secured = new Promise((resolve) => tls.once('secureConnect', resolve).once('close', resolve));
    return tls.on('error', () => undefined);
  }

  /** Sends one file; answers what is said after it. */
  async store(name: string, bytes: Buffer | string): Promise<string> {
    const data = this.data(await this.passive());
    const first = await this.say(`STOR ${name}`);
    if (!first.startsWith('150')) return first;
    // A file without bytes would be over before the handshake is.
    await this.secured;
    data.end(bytes);
    return this.reply();
  }

  /** Goes away without a word. */
  destroy(): void {
    this.stream.destroy();
    this.raw.destroy();
  }

  /** Resolves when the server has ended the connection. */
  async closed(): Promise<void> {
    const until = Date.now() + DEADLINE_MS;
    while (!this.isClosed) await this.something(until);
  }

  private listen(stream: Socket): void {
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      this.heard += chunk.toString();
      this.wake?.();
    });
    stream.on('close', () => {
      this.isClosed = true;
      this.wake?.();
    });
  }

  private something(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing happens')), until - Date.now());
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
