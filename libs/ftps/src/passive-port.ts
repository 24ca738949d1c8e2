import { randomInt } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { addressOf } from './address.js';

/** Ports that the operator opened in the firewall, both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** A port that waits for one data connection of one client (RFC 959 PASV, RFC 2428 EPSV). */
export class PassivePort {
  private socket: Socket | undefined;
  private waiting: ((socket: Socket | undefined) => void) | undefined;
  private isClosed = false;

  private constructor(
    private readonly server: Server,
    peer: string,
  ) {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      // Whoever comes from elsewhere would send in somebody else's name.
      if (this.isClosed || this.socket !== undefined || addressOf(socket.remoteAddress) !== peer) {
        socket.destroy();
        return;
      }
      this.socket = socket;
      server.close();
      this.waiting?.(socket);
    });
    server.on('error', () => undefined);
  }

  /** Undefined where no port of the range is free. Without a range, the system chooses. */
  static async open(
    host: string,
    peer: string,
    range: PortRange = { from: 0, to: 0 },
  ): Promise<PassivePort | undefined> {
    const count = range.to - range.from + 1;
    // A random place to begin, so that nobody can tell which port comes next.
    const begin = randomInt(count);
    for (let n = 0; n < count; n++) {
      const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
      if (await listens(server, range.from + ((begin + n) % count), host))
        return new PassivePort(server, peer);
    }
    return undefined;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The connection, which the caller has to end; undefined when it did not come in time. */
  async take(deadlineMs: number): Promise<Socket | undefined> {
    const socket = this.socket ?? (await this.wait(deadlineMs));
    if (socket === undefined) this.close();
    else this.isClosed = true;
    return socket;
  }

  /** Stops listening and ends a connection that nobody took. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.server.close();
    this.socket?.destroy();
    this.waiting?.(undefined);
  }

  private wait(deadlineMs: number): Promise<Socket | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), deadlineMs);
      this.waiting = (socket) => {
        clearTimeout(timer);
        resolve(socket);
      };
    });
  }
}

const listens = (server: Server, port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host, backlog: 4 }, () => resolve(true));
  });
