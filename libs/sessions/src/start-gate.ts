/** Lets a few through at once, in the order in which they came. */
export class StartGate {
  private free: number;
  private readonly queue: Waiting[] = [];

  constructor(places: number) {
    this.free = places;
  }

  /**
   * Resolves when there is a place, with what gives it back (once; more calls do nothing). `onAhead` is told how many
   * are before this one, whenever that changes.
   */
  async enter(signal: AbortSignal, onAhead: (ahead: number) => void): Promise<() => void> {
    signal.throwIfAborted();
    if (this.free > 0) this.free--;
    else await this.wait(signal, onAhead);
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      const next = this.queue.shift();
      if (next) next.enter();
      else this.free++;
    };
  }

  private wait(signal: AbortSignal, onAhead: (ahead: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.queue.splice(this.queue.indexOf(waiting), 1);
        this.tell();
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const waiting: Waiting = {
        onAhead,
        enter: () => {
          signal.removeEventListener('abort', leave);
          this.tell();
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.queue.push(waiting);
      onAhead(this.queue.length);
    });
  }

  private tell(): void {
    this.queue.forEach((waiting, index) => waiting.onAhead(index + 1));
  }
}

interface Waiting {
  enter(): void;
  onAhead(ahead: number): void;
}
