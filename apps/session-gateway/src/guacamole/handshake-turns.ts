import { withDeadline } from '@vitrine/kernel';

/** As long as a page waits for the first word of its tunnel. */
const TURN_MS = 15_000;

/**
 * One handshake at a time with each display bridge. guacd 1.3.0 forks for each connection while threads of others hold
 * locks and close files: of eight browsers that come at once, every few tries one waits in vain for its picture. One
 * after the other is also sooner for all.
 */
export class HandshakeTurns {
  private readonly last = new Map<string, Promise<unknown>>();

  /**
   * Throws `sessions.display-lost` when its turn does not come in time, and the signal's reason when it fires. A handshake
   * that has begun goes on nevertheless, and what it makes is given to `leave`: guacd 1.3.0 keeps a connection that was cut
   * off in between, with a dozen threads, for another 15 s.
   */
  take<T>(
    sessionId: string,
    signal: AbortSignal,
    handshake: () => Promise<T>,
    leave: (made: T) => void,
  ): Promise<T> {
    const before = this.last.get(sessionId);
    const turn = this.after(before, signal, handshake);
    // Whoever gave up while it waited lets the next wait for the same.
    const settled = Promise.allSettled([before, turn]);
    this.last.set(sessionId, settled);
    void settled.then(() => {
      if (this.last.get(sessionId) === settled) this.last.delete(sessionId);
    });
    return unlessAborted(turn, signal, leave);
  }

  private async after<T>(
    before: Promise<unknown> | undefined,
    signal: AbortSignal,
    handshake: () => Promise<T>,
  ): Promise<T> {
    if (before) await withDeadline(TURN_MS, 'sessions.display-lost', () => before, signal);
    signal.throwIfAborted();
    return handshake();
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, leave: (made: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    work
      .then((made) => {
        if (signal.aborted) leave(made);
        else resolve(made);
      }, reject)
      .finally(() => signal.removeEventListener('abort', giveUp));
  });
}
