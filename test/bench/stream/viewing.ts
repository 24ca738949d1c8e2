import { createCipheriv, randomBytes } from 'node:crypto';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { ROOT } from '../../support/root.js';
import { VNC } from './settings.js';

const OPEN_MS = 10_000;
const SYNC = Buffer.from('4.sync,');

const instruction = (...elements: readonly (string | number)[]): string =>
  `${elements.map((element) => `${String(element).length}.${element}`).join(',')};`;

/** Without it guacd keeps what it has for a connection another 15 s, and counts it with what is measured next. */
const DISCONNECT = instruction('disconnect');

/** Who looks at the display by one way or another: answers every frame at once, counts, and looks at nothing else. */
export abstract class Viewing {
  bytes = 0;
  frames = 0;
  /** What was said when the other side closed. */
  protected ended: string | undefined;
  private tail: Buffer = Buffer.alloc(0);
  private wakers: (() => void)[] = [];

  constructor(private readonly way: string) {}

  abstract send(text: string): void;
  abstract stall(): void;
  abstract close(): void;

  key(letter: string): void {
    const symbol = letter.charCodeAt(0);
    this.send(instruction('key', symbol, 1) + instruction('key', symbol, 0));
  }

  /** Waits for the next complete frame. */
  async nextFrame(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              `${this.way}: no frame within ${OPEN_MS} ms after ${this.frames}${this.ended === undefined ? '' : `; it was closed: ${this.ended}`}`,
            ),
          ),
        OPEN_MS,
      );
      this.wakers.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** A `sync` cannot stand in the data of a picture, which is base64; it may be cut in two by the end of a chunk. */
  protected receive(chunk: Buffer): void {
    this.bytes += chunk.length;
    const data = this.tail.length === 0 ? chunk : Buffer.concat([this.tail, chunk]);
    let from = 0;
    for (;;) {
      const at = data.indexOf(SYNC, from);
      const end = at < 0 ? -1 : data.indexOf(0x3b, at);
      if (at >= 0 && end < 0) {
        this.tail = data.subarray(at);
        return;
      }
      if (at < 0) break;
      this.frames++;
      this.send(data.toString('latin1', at, end + 1));
      from = end + 1;
      for (const wake of this.wakers.splice(0)) wake();
    }
    this.tail = Buffer.from(data.subarray(Math.max(from, data.length - SYNC.length + 1)));
  }
}

/** Nothing in between: a socket of guacd, with the handshake of the Guacamole protocol. */
export class RawViewing extends Viewing {
  private constructor(private readonly socket: Socket) {
    super('raw');
  }

  static async open(guacd: string): Promise<RawViewing> {
    const socket = connect(guacd);
    await once(socket, 'connect', { signal: AbortSignal.timeout(OPEN_MS) });
    const reader = new HandshakeReader(socket);
    socket.write(instruction('select', 'vnc'));
    const [, ...wanted] = await reader.until('args');
    const answers = wanted.map((name) =>
      name.startsWith('VERSION_') ? 'VERSION_1_1_0' : String(VNC[name] ?? ''),
    );
    socket.write(
      instruction('size', 1024, 768, 96) +
        instruction('audio') +
        instruction('video') +
        instruction('image', 'image/png', 'image/jpeg') +
        instruction('timezone', 'UTC') +
        instruction('connect', ...answers),
    );
    await reader.until('ready');
    const viewing = new RawViewing(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => (viewing.ended = 'by guacd'));
    socket.on('data', (chunk: Buffer) => viewing.receive(chunk));
    viewing.receive(reader.rest);
    return viewing;
  }

  send(text: string): void {
    this.socket.write(text);
  }
  stall(): void {
    this.socket.pause();
  }
  close(): void {
    this.send(DISCONNECT);
    this.socket.destroy();
  }
}

/** By a WebSocket, whoever serves it. */
export class SocketViewing extends Viewing {
  private constructor(
    private readonly socket: WebSocket,
    way: string,
  ) {
    super(way);
    socket.on('message', (data) => this.receive(data as Buffer));
    socket.on('error', () => undefined);
    socket.on('close', (code, reason) => (this.ended = `${code} ${reason.toString()}`));
  }

  static async open(
    way: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<SocketViewing> {
    const socket = new WebSocket(url, 'guacamole', { headers, perMessageDeflate: false });
    const viewing = new SocketViewing(socket, way);
    await once(socket, 'open', { signal: AbortSignal.timeout(OPEN_MS) });
    return viewing;
  }

  send(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }
  stall(): void {
    this.socket.pause();
  }
  close(): void {
    this.send(DISCONNECT);
    this.socket.close();
  }
}

/** guacamole-lite before one guacd, in a process of its own, so that what it costs can be told. */
export class LiteServer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
    private readonly key: string,
  ) {}

  static async start(guacd: string): Promise<LiteServer> {
    const key = randomBytes(16).toString('hex');
    const child = fork(join(ROOT, 'test/bench/stream/lite-server.mjs'), [guacd, key], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [{ port }] = (await once(child, 'message', { signal: AbortSignal.timeout(OPEN_MS) })) as [
      { port: number },
    ];
    return new LiteServer(child, port, key);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  open(): Promise<SocketViewing> {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', this.key, iv);
    const wish = JSON.stringify({ connection: { type: 'vnc', settings: VNC } });
    const value = Buffer.concat([cipher.update(wish), cipher.final()]).toString('base64');
    const token = Buffer.from(JSON.stringify({ iv: iv.toString('base64'), value })).toString('base64');
    return SocketViewing.open('lite', `ws://127.0.0.1:${this.port}/?token=${encodeURIComponent(token)}`);
  }

  stop(): void {
    this.child.disconnect();
  }
}

/** Reads whole instructions before the stream proper begins. */
class HandshakeReader {
  private received = Buffer.alloc(0);

  constructor(private readonly socket: Socket) {}

  get rest(): Buffer {
    return this.received;
  }

  async until(opcode: string): Promise<string[]> {
    for (;;) {
      const end = this.received.indexOf(0x3b);
      if (end >= 0) {
        const text = this.received.toString('utf8', 0, end);
        this.received = this.received.subarray(end + 1);
        const elements = text.split(',').map((element) => element.slice(element.indexOf('.') + 1));
        if (elements[0] === opcode) return elements;
        continue;
      }
      const [chunk] = (await once(this.socket, 'data', { signal: AbortSignal.timeout(OPEN_MS) })) as [Buffer];
      this.received = Buffer.concat([this.received, chunk]);
      // What comes while nobody reads would be lost.
      this.socket.pause();
      setImmediate(() => this.socket.resume());
    }
  }
}
