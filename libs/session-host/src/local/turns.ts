import type { CallOptions } from '@vitrine/hypervisor';

/**
 * What makes something for a session goes on beside others of its kind; what takes it away waits for them, and they for
 * it. A question that was cancelled may still be at work, and would put a mount where everything was just removed.
 */
export class Turns {
  private readonly making = new Map<string, Set<Promise<unknown>>>();
  private readonly taking = new Map<string, Promise<unknown>>();

  async make<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    for (let taken = this.taking.get(sessionId); taken; taken = this.taking.get(sessionId)) await taken;
    const others = this.making.get(sessionId) ?? new Set();
    this.making.set(sessionId, others);
    const made = work();
    const settled = made.catch(() => undefined);
    others.add(settled);
    try {
      return await made;
    } finally {
      others.delete(settled);
      if (others.size === 0) this.making.delete(sessionId);
    }
  }

  /** Throws the signal's reason when it fires before all that is being made has come to its end. */
  async take<T>(sessionId: string, work: () => Promise<T>, { signal }: CallOptions): Promise<T> {
    for (let taken = this.taking.get(sessionId); taken; taken = this.taking.get(sessionId)) await taken;
    const taken = this.takeNow(sessionId, work, signal);
    const settled = taken.then(
      () => undefined,
      () => undefined,
    );
    this.taking.set(sessionId, settled);
    try {
      return await taken;
    } finally {
      if (this.taking.get(sessionId) === settled) this.taking.delete(sessionId);
    }
  }

  private async takeNow<T>(sessionId: string, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    let abort = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      await Promise.race([Promise.all([...(this.making.get(sessionId) ?? [])]), late]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return work();
  }
}
