import type { Socket } from 'node:net';
import { Problem } from '@vitrine/kernel';
import type { CallOptions, GuestEndpoint } from '../hypervisor-driver.js';
import { connectGuestSocket, notAnswering } from './guest-socket.js';

/** RFC 6143 §7.1.1: the server speaks first, twelve bytes. */
const BANNER_LENGTH = 12;
const BANNER = /^RFB 003\.00[378]\n$/;

/**
 * Asks a display whether it lives, by its protocol: a process may run and a socket may accept while nothing answers.
 * Throws `hypervisor.not-answering` when no RFB banner comes before the signal fires (the caller's deadline).
 */
export async function probeRfb(endpoint: GuestEndpoint, signal: AbortSignal): Promise<void> {
  const socket = await connectGuestSocket(endpoint, { signal });
  try {
    const untrustedBanner = await readBytes(socket, BANNER_LENGTH, { signal });
    if (!BANNER.test(untrustedBanner.toString('latin1'))) {
      throw new Problem('hypervisor.not-answering', { logContext: { reason: 'no RFB banner' } });
    }
  } finally {
    socket.destroy();
  }
}

function readBytes(socket: Socket, count: number, { signal }: CallOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners();
      // An error after the answer is nobody's concern any more, yet would end the process if nobody listened.
      socket.on('error', () => undefined);
      finish();
    };
    const fail = (cause: unknown) => settle(() => reject(notAnswering(cause)));
    const abort = () => fail(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('closed before it spoke')));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length >= count) settle(() => resolve(received.subarray(0, count)));
    });
  });
}
