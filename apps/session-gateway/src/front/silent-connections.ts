import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections whose next request has not come: nothing of it, or a part of its head, which may come a byte at a time
 * (“slow loris”). A head takes an honest browser one packet. So where there are more than `most`, the one that has waited
 * longest is ended, and strangers cannot use up the port, from however many addresses they come.
 */
export class SilentConnections {
  /** In the order in which they began to wait. */
  private readonly waiting = new Set<Socket>();
  /** Requests that wait for their answer; a browser may send the next one before. */
  private readonly open = new WeakMap<Socket, number>();

  constructor(private readonly most: number) {}

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      socket.once('close', () => this.waiting.delete(socket));
      this.wait(socket);
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      this.waiting.delete(socket);
      this.open.set(socket, (this.open.get(socket) ?? 0) + 1);
      response.once('close', () => this.answered(socket));
    });
    // Those have bounds of their own from here on.
    server.on('upgrade', ({ socket }: IncomingMessage) => this.waiting.delete(socket));
  }

  private answered(socket: Socket): void {
    const left = (this.open.get(socket) ?? 1) - 1;
    if (left > 0) {
      this.open.set(socket, left);
      return;
    }
    this.open.delete(socket);
    if (!socket.destroyed) this.wait(socket);
  }

  private wait(socket: Socket): void {
    this.waiting.add(socket);
    for (const longest of this.waiting) {
      if (this.waiting.size <= this.most) return;
      this.waiting.delete(longest);
      longest.destroy();
    }
  }
}
