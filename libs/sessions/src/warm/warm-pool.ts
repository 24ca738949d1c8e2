import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { delay, LOGGER, Problem, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { GUACD_USUAL_MIB } from '@vitrine/session-host';
import { GuacdImage, leavesResults, type Viewer } from '@vitrine/viewers';
import { HostCapacity, resultsMiB } from '../host-capacity.js';
import { LaunchRegistry } from '../launch-registry.js';
import { SessionStore } from '../session-store.js';
import { madeFrom, rolesOf, WarmGuests, type WarmSet, type WarmWish } from './warm-guests.js';
import { WarmWishes } from './warm-wishes.js';

const LOOK_MS = 30_000;

/**
 * Keeps a few guests running before anybody asks: pairs of a viewer and its display bridge for the viewers that people
 * are likely to open, and single bridges for every other. Each has an empty record and has seen nobody's data. A
 * session that wants just such guests takes them over, with their id, and its files are mounted into them then; so
 * every guest is used once, and guests that were taken are a session's like every other's. Those of an earlier process
 * have no row and are swept like any orphan.
 */
@Injectable()
export class WarmPool implements OnApplicationShutdown {
  /** After a start the person's viewer loads its files, and must not share the processor with one that nobody asked for. */
  quietMs = 3_000;
  private readonly sets = new Map<string, WarmSet>();
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
    const { warm, bridges } = this.settings.sessions;
    if (warm + bridges === 0) return;
    this.loop ??= this.keep(before);
  }

  /** Ids that have guests or a folder without having a row. */
  ids(): string[] {
    return [...this.sets.keys(), ...this.held];
  }

  /**
   * Guests that answer and were made from exactly this, for a session to take; they are nobody else's then. Both that
   * it needs, or at least the bridge; only that for a viewer that has to be made for this session (`bridgeOnly`).
   */
  async take(viewer: Viewer, guacdDigest: string, bridgeOnly = false): Promise<WarmSet | undefined> {
    this.wishes.note(viewer.id);
    this.hurry();
    const pair = bridgeOnly ? [] : [madeFrom({ viewer, guacdDigest })];
    for (const wanted of [...pair, madeFrom({ guacdDigest })])
      for (const set of [...this.sets.values()]) {
        if (set.made !== wanted || !this.sets.delete(set.id)) continue;
        this.held.add(set.id);
        if (await this.guests.answer(set)) return set;
        this.discard(set);
      }
    return undefined;
  }

  /** The session that took these guests has a row now, or will never have one. */
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
    await Promise.all([...this.sets.values()].map((set) => this.remove(set)));
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
    const { warm, bridges } = this.settings.sessions;
    const wishes: WarmWish[] = [{ guacdDigest }, ...viewers.map((viewer) => ({ viewer, guacdDigest }))];
    const wanted = new Set(wishes.map(madeFrom));
    for (const set of [...this.sets.values()])
      if (!wanted.has(set.made) || !(await this.fits(0)) || !(await this.guests.answer(set))) {
        // Somebody may have taken it while it was looked at, and is slow to answer for the record in it.
        if (!this.sets.delete(set.id)) continue;
        this.held.add(set.id);
        await this.remove(set);
      }
    for (const wish of wishes)
      while (await this.lacks(wish, wish.viewer ? warm : bridges)) await this.add(wish);
  }

  private async lacks(wish: WarmWish, count: number): Promise<boolean> {
    if (this.stopping.signal.aborted) return false;
    const made = madeFrom(wish);
    const there = [...this.sets.values()].filter((set) => set.made === made).length;
    if (there >= count || !(await this.fits(memoryOf(wish)))) return false;
    await this.quiet();
    return !this.stopping.signal.aborted;
  }

  /** People come first: waits until nobody's session starts, and a moment longer. */
  private async quiet(): Promise<void> {
    const { signal } = this.stopping;
    do await delay(this.quietMs, signal).catch(() => undefined);
    while (this.launches.size > 0 && !signal.aborted);
  }

  private async fits(more: number): Promise<boolean> {
    const warm = [...this.sets.values()].reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
    return this.capacity.carries(await this.store.live(), warm + more);
  }

  private async add(wish: WarmWish): Promise<void> {
    let id = '';
    try {
      await this.guests.make(wish, (begun) => this.held.add((id = begun)), this.stopping.signal);
      this.sets.set(id, { id, made: madeFrom(wish), roles: rolesOf(wish), memoryMiB: memoryOf(wish) });
    } finally {
      this.held.delete(id);
    }
  }

  private discard(set: Pick<WarmSet, 'id'>): void {
    void this.remove(set);
  }

  private async remove({ id }: Pick<WarmSet, 'id'>): Promise<void> {
    try {
      await this.guests.takeAway(id);
    } catch (error) {
      this.complain('warm guests could not be taken away yet', error);
    } finally {
      this.sets.delete(id);
      this.held.delete(id);
    }
  }

  private complain(what: string, error: unknown): void {
    const { code, cause } = Problem.from(error);
    this.logger.warn({ code, err: cause }, what);
  }
}

const memoryOf = ({ viewer }: WarmWish): number =>
  (viewer ? viewer.resources.memoryMiB + resultsMiB({ results: leavesResults(viewer) }) : 0) +
  GUACD_USUAL_MIB;
