import { later, type Instant } from '@vitrine/kernel';
import {
  keptFrom,
  latestEnd,
  ownPlace,
  without,
  type Occupancy,
  type Room,
} from './reservations/occupancy.js';
import { SHORTEST_MS, termsOf, usualEnd, type Entrant, type Terms } from './start-terms.js';

/** Memory comes free when something ends, which nobody tells here. */
const LOOK_MS = 500;

export interface Start extends Terms {
  /** The start is over; more calls do nothing. */
  over(): void;
}

/** Where somebody stands who waits. */
export interface Standing {
  readonly ahead: number;
  /** Memory is what lacks, and by then there is enough of it at the latest. */
  readonly freeBy?: Instant;
}

export interface Host {
  /** A session's usual time. */
  readonly longestMs: number;
  now(): Instant;
  availableMiB(): number;
  /** All that hold memory or have it kept for them, without those who only wait for it. */
  occupancy(waiting: ReadonlySet<string>): Promise<Occupancy>;
  /** The same by what is measured instead of by limits, for letting `next` in; undefined when that is not known. */
  measured(waiting: ReadonlySet<string>, next: string): Promise<Measured | undefined>;
}

export interface Measured {
  readonly occupancy: Occupancy;
  /** Of those who wait, in MiB. */
  readonly needs: ReadonlyMap<string, number>;
  readonly nowMiB: number;
}

/** What is known of the memory, by limits or by measure. */
interface View {
  readonly occupancy: Occupancy;
  readonly room: Room;
  needMiB(entrant: Entrant): number;
}

/**
 * Lets sessions start, a few at once and only where they fit beside what runs and beside every place that is kept while
 * they may run. Who has a place kept for now goes first; then who has the fewest viewers, then who came first; so one
 * person with many wishes does not keep others waiting. Nobody overtakes the first in line, however little they need.
 */
export class StartQueue {
  private readonly queue: Waiting[] = [];
  /** Let in, and perhaps not written down yet. */
  private readonly starting = new Map<string, Terms>();
  private looking: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly places: number,
    private readonly host: Host,
  ) {}

  /** Resolves when it may start. `onStanding` is told whenever that changes. Rejects with the signal's reason. */
  async enter(
    entrant: Entrant,
    signal: AbortSignal,
    onStanding: (standing: Standing) => void,
  ): Promise<Start> {
    signal.throwIfAborted();
    const terms = await this.wait(entrant, signal, onStanding);
    return {
      ...terms,
      over: () => {
        if (this.starting.get(entrant.id) !== terms) return;
        this.starting.delete(entrant.id);
        this.look();
      },
    };
  }

  /** Does something with what is known of the memory, while nobody is let in. */
  async quietly<T>(work: (occupancy: Occupancy) => Promise<T>): Promise<T> {
    const turn = this.looking.then(async () => work(await this.occupancy()));
    this.looking = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  private wait(
    entrant: Entrant,
    signal: AbortSignal,
    onStanding: (standing: Standing) => void,
  ): Promise<Terms> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.remove(waiting);
        this.look();
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      const waiting: Waiting = {
        entrant,
        onStanding,
        enter: (terms) => {
          signal.removeEventListener('abort', leave);
          resolve(terms);
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
      const now = this.host.now();
      const byLimits = await this.byLimits();
      const line = inOrder(this.queue, byLimits.occupancy, now);
      const [next] = line;
      if (next === undefined) return;
      const { terms, view } = await this.judge(next.entrant, byLimits, now);
      if (terms === undefined || this.starting.size >= this.places) {
        const standings = standingsOf(line, view, now);
        line.forEach((waiting, index) => tell(waiting, standings[index] ?? { ahead: index }));
        return;
      }
      this.remove(next);
      this.starting.set(next.entrant.id, terms);
      next.enter(terms);
    }
  }

  /** Where limits leave enough nothing has to be measured; where they do not, what is measured may. */
  private async judge(
    entrant: Entrant,
    byLimits: View,
    now: Instant,
  ): Promise<{ readonly terms: Terms | undefined; readonly view: View }> {
    const { longestMs } = this.host;
    const termsBy = ({ occupancy, room, needMiB }: View) =>
      termsOf({ ...entrant, memoryMiB: needMiB(entrant) }, occupancy, now, { ...room, longestMs });
    const terms = termsBy(byLimits);
    if (entrant.terms || terms?.endsAt === usualEnd(entrant, now, longestMs))
      return { terms, view: byLimits };
    const view = await this.byMeasure(entrant.id);
    const better = view && termsBy(view);
    return {
      terms: terms && better ? (better.endsAt > terms.endsAt ? better : terms) : (better ?? terms),
      view: view ?? byLimits,
    };
  }

  private async occupancy(): Promise<Occupancy> {
    return this.withTerms(await this.host.occupancy(this.waiting()));
  }

  private async byLimits(): Promise<View> {
    return {
      occupancy: await this.occupancy(),
      room: { availableMiB: this.host.availableMiB() },
      needMiB: ({ memoryMiB }) => memoryMiB,
    };
  }

  private async byMeasure(next: string): Promise<View | undefined> {
    const measured = await this.host.measured(this.waiting(), next);
    return (
      measured && {
        occupancy: this.withTerms(measured.occupancy),
        room: { availableMiB: this.host.availableMiB(), nowMiB: measured.nowMiB },
        needMiB: ({ id, memoryMiB }) => measured.needs.get(id) ?? memoryMiB,
      }
    );
  }

  private waiting(): ReadonlySet<string> {
    return new Set(this.queue.filter(({ entrant }) => !entrant.terms).map(({ entrant }) => entrant.id));
  }

  /** Who was let in a moment ago has terms that its row may not tell yet. */
  private withTerms({ holders, kept }: Occupancy): Occupancy {
    return { holders: holders.map((holder) => ({ ...holder, ...this.starting.get(holder.id) })), kept };
  }
}

interface Waiting {
  readonly entrant: Entrant;
  /** Where it stood when it was told last. */
  told?: Standing;
  enter(terms: Terms): void;
  onStanding(standing: Standing): void;
}

/** Each of them looks at a page that is made anew with what it is told. */
function tell(waiting: Waiting, standing: Standing): void {
  const { told, onStanding } = waiting;
  if (told?.ahead === standing.ahead && told.freeBy === standing.freeBy) return;
  waiting.told = standing;
  onStanding(standing);
}

/**
 * Who goes on with a start, then who has a place kept for now; the others by how many viewers their person would then
 * have. A stable sort, so that equals keep the order in which they came.
 */
function inOrder(queue: readonly Waiting[], occupancy: Occupancy, now: Instant): Waiting[] {
  const has = new Map<string, number>();
  const count = (personId: string) => has.set(personId, (has.get(personId) ?? 0) + 1).get(personId) ?? 0;
  for (const { personId } of occupancy.holders) count(personId);
  const rank = ({ terms, personId }: Entrant): number => {
    if (terms) return -2;
    const viewers = count(personId);
    return ownPlace(personId, now, occupancy) ? -1 : viewers;
  };
  return queue
    .map((waiting) => ({ waiting, rank: rank(waiting.entrant) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ waiting }) => waiting);
}

/** Pure: what each in line may be told. Who fits now has no `freeBy`. */
function standingsOf(line: readonly Waiting[], { occupancy, room, needMiB }: View, now: Instant): Standing[] {
  const { holders, kept } = occupancy;
  const times = [
    now,
    ...holders.map(({ endsAt }) => endsAt),
    ...kept.flatMap((one) => [keptFrom(one), one.endsAt]),
  ]
    .filter((at) => at >= now)
    .sort();
  let memoryMiB = 0;
  return line.map(({ entrant }, ahead) => {
    if (!entrant.terms) memoryMiB += needMiB(entrant);
    const fits = (start: Instant) => {
      const others = without(ownPlace(entrant.personId, start, occupancy), occupancy);
      const wished = later(start, SHORTEST_MS);
      return latestEnd({ memoryMiB, start, wished }, now, others, room) === wished;
    };
    const at = times.find(fits) ?? times.at(-1) ?? now;
    return at === now ? { ahead } : { ahead, freeBy: at };
  });
}
