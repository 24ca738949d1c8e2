import type { GuestEndpoint } from '../hypervisor-driver.js';
import { connectGuestSocket, notAnswering } from './guest-socket.js';

/** Joins a connection that there never is: guacd's own ids are UUIDs behind the same sign. */
const QUESTION = '6.select,5.$none;';

/**
 * Asks a display bridge whether it lives, by its protocol: a frozen one still runs, and its socket still accepts. It is
 * asked to join a connection that does not exist, since that makes it start nothing; guacd 1.3.0 hangs up, later ones
 * say an `error` first, and either is an answer. Throws `hypervisor.not-answering` when the signal fires first.
 */
export async function probeGuacd(endpoint: GuestEndpoint, signal: AbortSignal): Promise<void> {
  const socket = await connectGuestSocket(endpoint, { signal });
  let abort = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(notAnswering(signal.reason));
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      socket.once('data', () => resolve());
      socket.once('end', () => resolve());
      socket.once('error', (cause) => reject(notAnswering(cause)));
      socket.write(QUESTION);
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}
