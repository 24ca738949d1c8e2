import { WebSocket } from 'ws';
import { Screen } from './screen.js';

export interface DisplayAddress {
  /** Where the gateway listens, for example `http://127.0.0.1:8080`. */
  readonly gateway: string;
  readonly ticket: string;
  readonly origin: string;
  /** The whole Cookie header. */
  readonly cookie: string;
}

export interface Closing {
  readonly code: number;
  /** A code of the error table, where the gateway closed. */
  readonly reason: string;
}

/** What the gateway tells of the picture; see the session-gateway's README. */
export interface DisplayState {
  readonly lossless: boolean;
  readonly roundTripMs: number | null;
  readonly control: 'view' | 'control';
}

const encode = (...elements: readonly (string | number)[]): string =>
  elements.map((element) => `${Array.from(String(element)).length}.${element}`).join(',') + ';';

/**
 * A browser without a browser: speaks Guacamole over the gateway's WebSocket, keeps the picture, answers every frame.
 * Every wait has a deadline. Call `close` in the end.
 */
export class GuacamoleClient {
  readonly screen = new Screen();
  /** Instructions received, by opcode. */
  readonly counts: Record<string, number> = {};
  /** Everything that a viewer must not be able to send; empty when the guard holds. */
  readonly forbidden: string[] = [];
  state: DisplayState | undefined;
  uuid: string | undefined;
  bytes = 0;
  pongs = 0;
  /** When the first complete frame with a size was there (performance.now). */
  firstFrameAt: number | undefined;
  closing: Closing | undefined;
  private readonly watchers = new Set<() => void>();
  private status: number | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.receive((data as Buffer).toString('utf8')));
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_request, response) => {
      this.status = response.statusCode;
      response.resume();
      socket.terminate();
    });
    socket.on('close', (code, reason) => {
      this.closing = { code, reason: reason.toString('utf8') };
      this.wake();
    });
  }

  /** Connects; resolves when the tunnel is open or was refused (`closing` says which). */
  static async connect(address: DisplayAddress, deadlineMs = 5000): Promise<GuacamoleClient> {
    const url = `${address.gateway.replace(/^http/, 'ws')}/display?ticket=${address.ticket}`;
    const socket = new WebSocket(url, 'guacamole', {
      origin: address.origin,
      headers: { cookie: address.cookie },
      perMessageDeflate: false,
    });
    const client = new GuacamoleClient(socket);
    await client.until(() => client.uuid !== undefined || client.closing !== undefined, deadlineMs);
    return client;
  }

  /** HTTP status with which the upgrade was refused, if it was. */
  get refusedWith(): number | undefined {
    return this.status;
  }

  /** Waits until the condition holds; looks again after every message. */
  until(condition: () => boolean, deadlineMs = 5000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.watchers.delete(look);
        reject(new Error(`not within ${deadlineMs} ms; received ${JSON.stringify(this.counts)}`));
      }, deadlineMs);
      this.watchers.add(look);
      look();
    });
  }

  async firstFrame(deadlineMs = 10_000): Promise<void> {
    await this.until(() => this.firstFrameAt !== undefined, deadlineMs);
  }

  async closed(deadlineMs = 5000): Promise<Closing> {
    await this.until(() => this.closing !== undefined, deadlineMs);
    return this.closing ?? { code: 0, reason: '' };
  }

  /** Sends any instruction, also one that the gateway has to hold back. */
  send(...elements: readonly (string | number)[]): void {
    this.socket.send(encode(...elements));
  }

  mouse(x: number, y: number, buttons = 0): void {
    this.send('mouse', x, y, buttons);
  }

  /** Presses and releases a key by its X11 keysym (for ASCII: its code). */
  key(keysym: number): void {
    this.send('key', keysym, 1);
    this.send('key', keysym, 0);
  }

  size(width: number, height: number): void {
    this.send('size', width, height);
  }

  ping(): void {
    this.send('', 'ping', Date.now());
  }

  /** Stops reading, as a browser on a dead line does. */
  stall(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  async close(): Promise<void> {
    this.socket.close();
    setTimeout(() => this.socket.terminate(), 500).unref();
    await this.closed();
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  private receive(message: string): void {
    this.bytes += message.length;
    for (let at = 0; at < message.length;) {
      const elements: string[] = [];
      for (let terminator = ','; terminator === ',';) {
        const dot = message.indexOf('.', at);
        const end = dot + 1 + Number(message.slice(at, dot));
        elements.push(message.slice(dot + 1, end));
        terminator = message[end] ?? '';
        if (terminator !== ',' && terminator !== ';') throw new Error('message without whole instructions');
        at = end + 1;
      }
      const [opcode = '', ...args] = elements;
      this.handle(opcode, args);
    }
    this.wake();
  }

  private handle(opcode: string, args: readonly string[]): void {
    this.counts[opcode] = (this.counts[opcode] ?? 0) + 1;
    if (opcode === '') {
      if (args.length === 1) this.uuid = args[0];
      else this.pongs++;
    } else if (opcode === 'vitrine') this.state = JSON.parse(args[1] ?? '{}') as DisplayState;
    else if (opcode === 'sync') {
      if (this.screen.width > 0) this.firstFrameAt ??= performance.now();
      if (this.socket.readyState === WebSocket.OPEN) this.send('sync', args[0] ?? 0);
    } else if (/^(clipboard|file|filesystem|pipe|argv|audio|video|body|required|name|msg|log)$/.test(opcode))
      this.forbidden.push(opcode);
    else this.screen.paint(opcode, args);
  }
}
