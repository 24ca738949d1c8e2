import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { delay, LOGGER, Problem, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { GUACD_LIMITS, GuacdImage, type Viewer } from '@vitrine/viewers';
import { HostCapacity } from '../host-capacity.js';
import { LaunchRegistry } from '../launch-registry.js';
import { SessionStore } from '../session-store.js';
import { madeFrom, WarmGuests, type WarmPair } from './warm-guests.js';
import { WarmWishes } from './warm-wishes.js';

const LOOK_MS = 30_000;
/** After a start the person's viewer loads its files, and must not share the processor with one that nobody asked for. */
const QUIET_MS = 3_000;

/**
 * Keeps a few pairs of guests running before anybody asks: each has an empty record and has seen nobody's data. A
 * session that wants just such a pair takes it over, with its id, and its files are mounted into it then; so every
 * guest is used once, and a pair that was taken is a session like every other. A pair of an earlier process has no row
 * and is swept like any orphan.
 */
@Injectable()
export class WarmPool implements OnApplicationShutdown {
  private readonly pairs = new Map<string, WarmPair>();
  /** Being made, or taken and not yet a row. */
  private readonly held = new Set<string>();
  private readonly stopping = new AbortController();
  private wake = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly guests: WarmGuests,
    private readonly wishes: WarmWishes,
    private readonly guacd: GuacdImage,
    private readonly capacity: HostCapacity,
    private readonly store: SessionStore,
    private readonly launches: LaunchRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Begins to keep guests warm once `before` has settled. Returns at once. */
  start(before: Promise<unknown>): void {
    if (this.settings.sessions.warm === 0) return;
    this.loop ??= this.keep(before);
  }

  /** Ids that have guests or a folder without having a row. */
  ids(): string[] {
    return [...this.pairs.keys(), ...this.held];
  }

  /** The id of a pair that answers and was made from exactly this, for a session to take; it is nobody else's then. */
  async take(viewer: Viewer, guacdDigest: string): Promise<string | undefined> {
    this.wishes.note(viewer.id);
    this.hurry();
    const wanted = madeFrom(viewer, guacdDigest);
    for (const pair of [...this.pairs.values()]) {
      if (pair.made !== wanted || !this.pairs.delete(pair.id)) continue;
      this.held.add(pair.id);
      if (await this.guests.answer(pair.id)) return pair.id;
      this.discard(pair);
    }
    return undefined;
  }

  /** The session that took this pair has a row now, or will never have one. */
  settle(id: string, taken: boolean): void {
    if (taken) this.held.delete(id);
    else this.discard({ id });
  }

  /** A process that takes over would only sweep them. */
  onApplicationShutdown(): Promise<void> {
    return this.drain();
  }

  /** Takes all away and makes no more. */
  async drain(): Promise<void> {
    this.stopping.abort(new Problem('kernel.busy'));
    this.hurry();
    await this.loop;
    await Promise.all([...this.pairs.values()].map((pair) => this.remove(pair)));
  }

  private async keep(before: Promise<unknown>): Promise<void> {
    await before.catch(() => undefined);
    while (!this.stopping.signal.aborted) {
      const { signal } = (this.wake = new AbortController());
      await this.tend().catch((error: unknown) => this.complain('guests cannot be kept warm', error));
      await delay(LOOK_MS, signal).catch(() => undefined);
    }
  }

  /** Looks again soon, although nothing is due. */
  private hurry(): void {
    this.wake.abort(new Error('looked for earlier'));
  }

  private async tend(): Promise<void> {
    const [viewers, guacdDigest] = await Promise.all([this.wishes.viewers(), this.guacd.digest()]);
    const wanted = new Set(viewers.map((viewer) => madeFrom(viewer, guacdDigest)));
    for (const pair of [...this.pairs.values()])
      if (!wanted.has(pair.made) || !(await this.fits(0)) || !(await this.guests.answer(pair.id))) {
        this.pairs.delete(pair.id);
        this.held.add(pair.id);
        await this.remove(pair);
      }
    for (const viewer of viewers)
      while (await this.lacks(viewer, guacdDigest)) await this.add(viewer, guacdDigest);
  }

  private async lacks(viewer: Viewer, guacdDigest: string): Promise<boolean> {
    if (this.stopping.signal.aborted) return false;
    const made = madeFrom(viewer, guacdDigest);
    const there = [...this.pairs.values()].filter((pair) => pair.made === made).length;
    if (there >= this.settings.sessions.warm || !(await this.fits(memoryOf(viewer)))) return false;
    await this.quiet();
    return !this.stopping.signal.aborted;
  }

  /** People come first: waits until nobody's session starts, and a moment longer. */
  private async quiet(): Promise<void> {
    const { signal } = this.stopping;
    do await delay(QUIET_MS, signal).catch(() => undefined);
    while (this.launches.size > 0 && !signal.aborted);
  }

  private async fits(more: number): Promise<boolean> {
    const warm = [...this.pairs.values()].reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
    return this.capacity.carries(await this.store.live(), warm + more);
  }

  private async add(viewer: Viewer, guacdDigest: string): Promise<void> {
    let id = '';
    try {
      await this.guests.make(
        viewer,
        guacdDigest,
        (begun) => this.held.add((id = begun)),
        this.stopping.signal,
      );
      const made = madeFrom(viewer, guacdDigest);
      this.pairs.set(id, { id, viewerId: viewer.id, made, memoryMiB: memoryOf(viewer) });
    } finally {
      this.held.delete(id);
    }
  }

  private discard(pair: Pick<WarmPair, 'id'>): void {
    void this.remove(pair);
  }

  private async remove({ id }: Pick<WarmPair, 'id'>): Promise<void> {
    try {
      await this.guests.takeAway(id);
    } catch (error) {
      this.complain('warm guests could not be taken away yet', error);
    } finally {
      this.pairs.delete(id);
      this.held.delete(id);
    }
  }

  private complain(what: string, error: unknown): void {
    const { code, cause } = Problem.from(error);
    this.logger.warn({ code, err: cause }, what);
  }
}

const memoryOf = (viewer: Viewer): number => viewer.resources.memoryMiB + GUACD_LIMITS.memoryMiB;
