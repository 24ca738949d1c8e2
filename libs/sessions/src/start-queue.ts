import type { Instant } from '@vitrine/kernel';

/** Memory comes free when something ends, which nobody tells here. */
const LOOK_MS = 500;

/** What holds memory on this host, or will: a session that runs or starts. */
export interface Holder {
  readonly personId: string;
  readonly memoryMiB: number;
  /** It is over by then, whatever happens. */
  readonly endsAt: Instant;
}

export interface Entrant {
  readonly id: string;
  readonly personId: string;
  readonly memoryMiB: number;
}

/** Where somebody stands who waits. */
export interface Standing {
  readonly ahead: number;
  /** Memory is what lacks, and by then there is enough of it at the latest. */
  readonly freeBy?: Instant;
}

export interface Host {
  availableMiB(): number;
  /** All that hold memory, without those who only wait for it. */
  holders(waiting: ReadonlySet<string>): Promise<readonly Holder[]>;
}

/**
 * Lets sessions start, a few at once and only where they fit beside what runs. Who has the fewest goes first, then who
 * came first; so one person with many wishes does not keep others waiting. Nobody overtakes the first in line, however
 * little they need.
 */
export class StartQueue {
  private readonly queue: Waiting[] = [];
  private starting = 0;
  private looking: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly places: number,
    private readonly host: Host,
  ) {}

  /**
   * Resolves when it may start, with what ends the start (once; more calls do nothing). `onStanding` is told whenever
   * that changes. Rejects with the signal's reason.
   */
  async enter(
    entrant: Entrant,
    signal: AbortSignal,
    onStanding: (standing: Standing) => void,
  ): Promise<() => void> {
    signal.throwIfAborted();
    await this.wait(entrant, signal, onStanding);
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.starting--;
      this.look();
    };
  }

  private wait(
    entrant: Entrant,
    signal: AbortSignal,
    onStanding: (standing: Standing) => void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.remove(waiting);
        this.look();
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const waiting: Waiting = {
        entrant,
        onStanding,
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.queue.push(waiting);
      this.look();
    });
  }

  private remove(waiting: Waiting): void {
    const at = this.queue.indexOf(waiting);
    if (at >= 0) this.queue.splice(at, 1);
  }

  /** One look after the other: two at once would give the same room twice. */
  private look(): void {
    clearTimeout(this.timer);
    this.looking = this.looking.then(() => this.admit()).catch(() => undefined);
    void this.looking.then(() => {
      if (this.queue.length === 0) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), LOOK_MS);
      this.timer.unref();
    });
  }

  private async admit(): Promise<void> {
    while (this.queue.length > 0) {
      const holders = await this.host.holders(new Set(this.queue.map(({ entrant }) => entrant.id)));
      const line = inFairOrder(this.queue, holders);
      const standings = standingsOf(line, holders, this.host.availableMiB());
      const [next] = line;
      if (next === undefined) return;
      if (this.starting >= this.places || standings[0]?.freeBy !== undefined) {
        line.forEach(({ onStanding }, index) => onStanding(standings[index] ?? { ahead: index }));
        return;
      }
      this.remove(next);
      this.starting++;
      next.enter();
    }
  }
}

interface Waiting {
  readonly entrant: Entrant;
  enter(): void;
  onStanding(standing: Standing): void;
}

/** By how many a person would then have; a stable sort, so that equals keep the order in which they came. */
function inFairOrder(queue: readonly Waiting[], holders: readonly Holder[]): Waiting[] {
  const has = new Map<string, number>();
  const count = (personId: string) => has.set(personId, (has.get(personId) ?? 0) + 1).get(personId) ?? 0;
  for (const { personId } of holders) count(personId);
  return queue
    .map((waiting) => ({ waiting, rank: count(waiting.entrant.personId) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ waiting }) => waiting);
}

/** Pure: what each in line may be told. Who fits now has no `freeBy`. */
function standingsOf(line: readonly Waiting[], holders: readonly Holder[], availableMiB: number): Standing[] {
  const ends = [...holders].sort((a, b) => a.endsAt.localeCompare(b.endsAt));
  let free = availableMiB - holders.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  let freeBy: Instant | undefined;
  return line.map(({ entrant }, ahead) => {
    while (free < entrant.memoryMiB && ends.length > 0) {
      const next = ends.shift();
      free += next?.memoryMiB ?? 0;
      freeBy = next?.endsAt;
    }
    free -= entrant.memoryMiB;
    return freeBy === undefined ? { ahead } : { ahead, freeBy };
  });
}
