import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { addressOf } from './address.js';
import { ControlConnection, type Ending } from './control-connection.js';
import type { FtpsService } from './ftps-service.js';
import { FTPS_LIMITS, type FtpsLimits } from './limits.js';
import { REPLY, replyBytes } from './replies.js';
import type { PassiveOptions } from './session.js';

export interface FtpsServerOptions {
  readonly limits?: Partial<FtpsLimits>;
  /** Connections at once, logged in or not. */
  readonly connections?: number;
  /** Connections at once from one address. */
  readonly connectionsPerAddress?: number;
  /** Key and certificate; asked for each connection. */
  readonly certificate: () => SecureContextOptions;
  readonly passive?: PassiveOptions;
  /** Told how each connection ended, and of bugs. */
  readonly onEnd?: (ending: Ending, peer: string) => void;
  readonly onBug?: (error: unknown) => void;
}

/** Listens for control connections and serves each on its own. */
export class FtpsServer {
  private readonly open = new Map<ControlConnection, Promise<void>>();
  private readonly perAddress = new Map<string, number>();
  private server: Server | undefined;

  constructor(
    private readonly service: FtpsService,
    private readonly options: FtpsServerOptions,
  ) {}

  /** Resolves with the port when it listens; rejects when the port is taken. */
  async listen(port: number, host: string): Promise<number> {
    const server = createServer((socket) => this.take(socket));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.options.onBug?.(error));
    return (server.address() as AddressInfo).port;
  }

  /** Breaks off what is under way, and stops listening. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise<void>((resolve) =>
      server === undefined ? resolve() : server.close(() => resolve()),
    );
    for (const connection of this.open.keys()) connection.end('aborted', REPLY.ending);
    await Promise.all(this.open.values());
    await closed;
  }

  private take(socket: Socket): void {
    socket.on('error', () => undefined);
    const { connections = 100, connectionsPerAddress = 20, onEnd, onBug = () => undefined } = this.options;
    const peer = addressOf(socket.remoteAddress);
    const there = this.perAddress.get(peer) ?? 0;
    if (peer === '' || this.server === undefined) {
      socket.destroy();
      return;
    }
    if (there >= connectionsPerAddress || this.open.size >= connections) {
      socket.end(replyBytes(REPLY.tooMany), () => socket.destroy());
      return;
    }
    this.perAddress.set(peer, there + 1);
    const connection = new ControlConnection(socket, {
      service: this.service,
      limits: { ...FTPS_LIMITS, ...this.options.limits },
      certificate: this.options.certificate,
      passive: this.options.passive ?? {},
      onBug,
    });
    const done = connection
      .run()
      .then((ending) => onEnd?.(ending, peer))
      .catch(onBug)
      .finally(() => {
        this.open.delete(connection);
        const left = (this.perAddress.get(peer) ?? 1) - 1;
        if (left > 0) this.perAddress.set(peer, left);
        else this.perAddress.delete(peer);
      });
    this.open.set(connection, done);
  }
}
