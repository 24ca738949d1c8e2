import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Problem } from '@vitrine/kernel';
import type { CallOptions, GuestEndpoint } from '../hypervisor-driver.js';

/** Linux: names a file without opening it, so it works for sockets and neither blocks nor follows (open(2)). */
const O_PATH = 0o10000000;
const ROOT_UID = 0;

/** A guest's socket, pinned: whatever the guest does to the name afterwards, this is the socket that was checked. */
export interface PinnedSocket {
  /** `/proc/self/fd/N`: connect here, in this process, before `close`. */
  readonly path: string;
  close(): void;
}

/**
 * Pins a guest's listening socket. The guest can write the folder that the name lies in, so the name may be a link to
 * the engine's socket or to another person's display: links are not followed, and what was found must be a socket that
 * belongs to the guest's user. One of root's is not the guest's yet: gVisor's file server makes it and then gives it away.
 *
 * Throws `hypervisor.not-answering` when nothing is there yet, `hypervisor.unsafe-endpoint` when it is something else.
 */
export function openGuestSocket(endpoint: GuestEndpoint): PinnedSocket {
  const fd = openPath(endpoint.hostPath);
  const stat = fstatSync(fd);
  if (!stat.isSocket() || stat.uid !== endpoint.ownerUid) {
    closeSync(fd);
    const notYetGiven = stat.isSocket() && stat.uid === ROOT_UID;
    throw new Problem(notYetGiven ? 'hypervisor.not-answering' : 'hypervisor.unsafe-endpoint', {
      logContext: { socket: stat.isSocket(), link: stat.isSymbolicLink(), uid: stat.uid },
    });
  }
  let open = true;
  return {
    path: `/proc/self/fd/${fd}`,
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** Connects to a guest's socket by the rules of `openGuestSocket`. The caller owns the connection. */
export async function connectGuestSocket(endpoint: GuestEndpoint, { signal }: CallOptions): Promise<Socket> {
  if (signal.aborted) throw notAnswering(signal.reason);
  const pinned = openGuestSocket(endpoint);
  const socket = connect(pinned.path);
  let abort = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(toError(signal.reason));
      signal.addEventListener('abort', abort, { once: true });
      socket.once('connect', resolve).once('error', reject);
    });
    // Stays deaf to errors until its owner listens: a guest must not end the process between two turns of the loop.
    socket.removeAllListeners('error').on('error', () => undefined);
    return socket;
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw notAnswering(error);
  } finally {
    signal.removeEventListener('abort', abort);
    pinned.close();
  }
}

function openPath(path: string): number {
  try {
    return openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    throw notAnswering(error);
  }
}

/** A guest did not answer, unless this process had nothing left to ask with, which says nothing about the guest. */
export const notAnswering = (cause: unknown): Problem => {
  if (cause instanceof Problem) return cause;
  return new Problem(isUsedUp(cause) ? 'hypervisor.unreachable' : 'hypervisor.not-answering', { cause });
};

const USED_UP = ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'];

/** Whether a call to the kernel failed for want of descriptors or memory of our own. */
export const isUsedUp = (error: unknown): boolean =>
  USED_UP.includes((error as Partial<NodeJS.ErrnoException> | undefined)?.code ?? '');

const toError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));
