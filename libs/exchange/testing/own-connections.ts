import { Socket as Datagrams } from 'node:dgram';
import { Socket } from 'node:net';

/** Where this process connects to, or sends datagrams to, from now until the end is asked for. */
export function watchConnections(): { readonly seen: string[]; end(): void } {
  const seen: string[] = [];
  // Every way of Node out of a process goes through one of these, `fetch` and TLS too.
  const [connect, send] = [Socket.prototype.connect, Datagrams.prototype.send];
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
    const [first] = args.flat(1) as [{ host?: string; port?: number; path?: string } | undefined];
    seen.push(first?.path ?? `${first?.host ?? ''}:${first?.port ?? ''}`);
    return Reflect.apply(connect, this, args) as Socket;
  };
  Datagrams.prototype.send = function (this: Datagrams, ...args: unknown[]): void {
    seen.push('a datagram');
    Reflect.apply(send, this, args);
  } as typeof send;
  return {
    seen,
    end: () => {
      Socket.prototype.connect = connect;
      Datagrams.prototype.send = send;
    },
  };
}
