import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Association, ASSOCIATION_LIMITS, type AssociationLimits, type Ending } from './association.js';
import type { DimseService } from './dimse-service.js';
import { peerOf } from './peer.js';
import { ABORT_REASON } from './protocol-error.js';

export interface DimseServerOptions {
  readonly limits?: Partial<AssociationLimits>;
  /** Connections at once, admitted or not; more are closed unheard. */
  readonly connections?: number;
  /** Connections at once from one address. */
  readonly connectionsPerAddress?: number;
  /** TLS where it is set (PS3.15 §B.12). */
  readonly tls?: TlsOptions;
  /** Told how each association ended, and of bugs. */
  readonly onEnd?: (ending: Ending, peer: string) => void;
  readonly onBug?: (error: unknown) => void;
}

/** Listens for associations and serves each on its own. */
export class DimseServer {
  private readonly open = new Map<
    Socket,
    { readonly association: Association; readonly done: Promise<void> }
  >();
  private readonly perAddress = new Map<string, number>();
  private server: Server | undefined;

  constructor(
    private readonly service: DimseService,
    private readonly options: DimseServerOptions = {},
  ) {}

  /** Resolves with the port when it listens; rejects when the port is taken. */
  async listen(port: number, host: string): Promise<number> {
    const { tls } = this.options;
    const server =
      tls === undefined
        ? createServer((socket) => this.take(socket))
        : createTlsServer({ ...tls, handshakeTimeout: this.limits.artimMs }, (socket) => this.take(socket));
    // A handshake that fails is the peer's affair; without a listener it would end the process.
    server.on('tlsClientError', (_error, socket: Socket) => socket.destroy());
    server.maxConnections = this.options.connections ?? 100;
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

  /** Aborts what is under way, and stops listening. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise<void>((resolve) =>
      server === undefined ? resolve() : server.close(() => resolve()),
    );
    for (const [socket, { association }] of this.open) {
      association.abort(ABORT_REASON.unspecified);
      socket.destroySoon();
    }
    await Promise.all([...this.open.values()].map(({ done }) => done));
    await closed;
  }

  private get limits(): AssociationLimits {
    return { ...ASSOCIATION_LIMITS, ...this.options.limits };
  }

  private take(socket: Socket): void {
    const peer = peerOf(socket);
    const address = peer?.address ?? '';
    const there = this.perAddress.get(address) ?? 0;
    if (
      peer === undefined ||
      this.server === undefined ||
      there >= (this.options.connectionsPerAddress ?? 32)
    ) {
      socket.destroy();
      return;
    }
    this.perAddress.set(address, there + 1);
    const onBug = (error: unknown) => this.options.onBug?.(error);
    const association = new Association(socket, this.service, peer, this.limits, onBug);
    const done = association
      .run()
      .then((ending) => this.options.onEnd?.(ending, address))
      .catch(onBug)
      .finally(() => {
        this.open.delete(socket);
        const left = (this.perAddress.get(address) ?? 1) - 1;
        if (left > 0) this.perAddress.set(address, left);
        else this.perAddress.delete(address);
      });
    this.open.set(socket, { association, done });
  }
}
