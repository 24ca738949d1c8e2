/**
 * Does a piece of work for everybody who asks for it while it could still be done for all of them at once: who asks
 * during a run shares the next, which begins after they asked. So a flush of a folder serves all files that came into
 * it before.
 */
export class SharedRuns {
  private readonly running = new Map<string, Promise<void>>();
  private readonly next = new Map<string, Promise<void>>();

  constructor(private readonly work: (key: string) => Promise<void>) {}

  /** Resolves when a run of this key has ended that began after the call. */
  run(key: string): Promise<void> {
    const current = this.running.get(key);
    if (current === undefined) return this.begin(key);
    const shared = this.next.get(key);
    if (shared !== undefined) return shared;
    const following = current
      .catch(() => undefined)
      .then(() => {
        this.next.delete(key);
        return this.begin(key);
      });
    this.next.set(key, following);
    return following;
  }

  private begin(key: string): Promise<void> {
    const run = this.work(key).finally(() => {
      if (this.running.get(key) === run) this.running.delete(key);
    });
    this.running.set(key, run);
    return run;
  }
}
