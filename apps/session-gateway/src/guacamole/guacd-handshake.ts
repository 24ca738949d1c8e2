import { isAscii } from 'node:buffer';
import type { Socket } from 'node:net';
import GuacdClient from 'guacamole-lite/lib/GuacdClient.js';
import { openGuestSocket, type GuestEndpoint } from '@vitrine/hypervisor';
import { Problem } from '@vitrine/kernel';
import { instruction } from './instruction.js';
import { InstructionScanner, MalformedStream } from './instruction-scanner.js';

/** The handshake of guacd is a few hundred bytes. */
const MAXIMUM_HANDSHAKE = 64 * 1024;
const SILENT = { log: () => undefined };

/** More is waiting where so much came at once. */
export const LARGEST_READ = 64 * 1024;
/**
 * What all connections read into: between a read and the look at what came nothing else runs. With a buffer of its own,
 * a socket that is paused is not read from, while another goes on until its own queue is full.
 */
const READ = Buffer.allocUnsafeSlow(LARGEST_READ);

const DISCONNECT = instruction('disconnect');

/**
 * Ends a connection after its handshake. guacd 1.3.0 does not see that a socket was closed, and keeps process, threads and
 * pictures for another 15 s; with too many of them nobody else can join.
 */
export function leaveGuacd({ socket }: Pick<GuacdConnection, 'socket'>): void {
  if (!socket.destroyed) socket.write(DISCONNECT);
  socket.destroy();
}

/** A connection to guacd after its handshake: the caller owns the socket, which is paused, and reads on after `rest`. */
export interface GuacdConnection {
  readonly socket: Socket;
  /** Hands over what comes from now on. A chunk is overwritten after the call. */
  listen(take: (chunk: Buffer) => void): void;
  /** What guacd sent after `ready` in the same breath. */
  readonly rest: Buffer;
}

/**
 * Opens one VNC connection through a session's guacd. guacamole-lite's client speaks the handshake and nothing more:
 * it gets whole instructions only (it would tear characters at chunk boundaries), its failures stay here (they would
 * end the process), and after `ready` its socket is taken from it, with its timers off.
 */
export function openGuacd(
  endpoint: GuestEndpoint,
  settings: Record<string, unknown>,
  signal: AbortSignal,
): Promise<GuacdConnection> {
  return new Promise((resolve, reject) => {
    const pinned = openGuestSocket(endpoint);
    let read: (chunk: Buffer) => void = (chunk) => {
      try {
        take(chunk);
      } catch (error) {
        fail(error);
      }
    };
    const onread = {
      buffer: READ,
      callback: (bytes: number) => {
        read(READ.subarray(0, bytes));
        return true;
      },
    };
    const client = new GuacdClient({ port: { path: pinned.path, onread } }, 'vnc', settings, SILENT);
    const socket = client.guacdConnection;
    const scanner = new InstructionScanner(MAXIMUM_HANDSHAKE);
    let received = Buffer.alloc(0);
    let ready = false;

    const release = () => {
      pinned.close();
      signal.removeEventListener('abort', abort);
      clearInterval(client.activityCheckInterval);
      client.removeAllListeners();
      // An error that nobody listens to would end the process.
      client.on('error', () => undefined);
      for (const event of ['connect', 'close', 'error']) socket.removeAllListeners(event);
      socket.on('error', () => undefined);
    };
    const fail = (cause: unknown) => {
      release();
      socket.destroy();
      reject(new Problem('sessions.display-lost', { cause }));
    };
    const abort = () => fail(signal.reason);
    const take = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (!ready && received.length > 0) {
        if (!scanner.scan(received, 0, isAscii(received))) break;
        client.processReceivedData(received.subarray(0, scanner.end));
        received = received.subarray(scanner.end);
      }
      if (!ready && received.length > MAXIMUM_HANDSHAKE) throw new MalformedStream('handshake too long');
      if (!ready) return;
      socket.pause();
      release();
      resolve({ socket, rest: received, listen: (listener) => (read = listener) });
    };

    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', () => pinned.close());
    client.on('open', () => (ready = true));
    client.on('error', fail);
    client.on('close', (error?: Error) => fail(error ?? new Error('guacd closed the handshake')));
    if (signal.aborted) abort();
  });
}
