import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { isProblem } from '@vitrine/kernel';
import type { GuestEndpoint } from '../hypervisor-driver.js';
import { connectGuestSocket, notAnswering } from './guest-socket.js';
import { probeRfb } from './rfb.js';

/** A name in a folder appears before its socket listens, and a guest may flood us with events: so, at most this often. */
const RETRY_MS = 3;
/** Should the kernel's notice be lost (too many watches), it is looked at this often. */
const LOOK_MS = 50;

/**
 * Waits until a guest's socket answers, woken by the kernel when something appears in its folder. Throws
 * `hypervisor.not-answering` when the signal fires first, `hypervisor.unsafe-endpoint` at once when the guest put
 * something else there.
 */
export async function awaitEndpoint(
  endpoint: GuestEndpoint,
  answer: 'rfb' | 'accept',
  signal: AbortSignal,
): Promise<void> {
  const changes = new Changes(dirname(endpoint.hostPath));
  try {
    for (;;) {
      const refused = await attempt(endpoint, answer, signal);
      if (refused === undefined) return;
      // Nothing there yet: wait for a sign. Something there that does not accept yet: try again soon.
      await changes.next(refused === 'absent' ? LOOK_MS : RETRY_MS, signal);
      if (signal.aborted) throw notAnswering(signal.reason);
    }
  } finally {
    changes.close();
  }
}

async function attempt(
  endpoint: GuestEndpoint,
  answer: 'rfb' | 'accept',
  signal: AbortSignal,
): Promise<'absent' | 'refused' | undefined> {
  try {
    if (answer === 'rfb') await probeRfb(endpoint, signal);
    else (await connectGuestSocket(endpoint, { signal })).destroy();
    return undefined;
  } catch (error) {
    if (!isProblem(error, 'hypervisor.not-answering')) throw error;
    return (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' ? 'absent' : 'refused';
  }
}

/** Whether something changed in a folder since one last looked. */
class Changes {
  private changed = false;
  private wake: () => void = () => undefined;
  private readonly watcher;

  constructor(folder: string) {
    try {
      this.watcher = watch(folder, () => {
        this.changed = true;
        this.wake();
      });
      this.watcher.on('error', () => undefined);
    } catch {
      this.watcher = undefined;
    }
  }

  /** Returns at a change since the last return, after `ms`, or when the signal fires. */
  async next(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.changed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, ms);
        function done() {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          resolve();
        }
        signal.addEventListener('abort', done, { once: true });
        this.wake = done;
      });
    } else if (this.changed) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.changed = false;
  }

  close(): void {
    this.watcher?.close();
  }
}
