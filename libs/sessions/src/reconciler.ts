import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock, delay, inLanes, LOGGER, Problem, withDeadline, type Logger } from '@vitrine/kernel';
import { SessionHost, type HostListing, type SessionRole } from '@vitrine/session-host';
import { LaunchRegistry } from './launch-registry.js';
import { SessionCheck } from './session-check.js';
import { SessionResults } from './session-results.js';
import { SessionStore } from './session-store.js';
import type { Session } from './session.entity.js';
import { StatusWatcher } from './status-watcher.js';
import { WarmPool } from './warm/warm-pool.js';

const GUESTS: readonly SessionRole[] = ['viewer', 'guacd'];
const SWEEP_MS = 30_000;
/** So that the sweeps of several installations on one engine do not fall together. */
const JITTER = 0.1;
const SOONEST_MS = 500;
/**
 * From the beginning of a round to that of the next. A guest has three seconds to answer (`SessionHost.answers`), and a
 * viewer is ended when it missed this round and one more question: a frozen one is found within 3 + 3 + 3 seconds.
 */
const PULSE_EVERY_MS = 3_000;
const LIST_MS = 10_000;
const REMOVE_MS = 30_000;
const CHECKS_AT_ONCE = 8;
const WATCH_PAUSE_MS = 5_000;
const HINT_PAUSE_MS = 200;

/**
 * Keeps the rows and the world the same, from both sides: every live row is looked at, and every guest and folder that
 * has no live row is taken away. One list is looked at before the process listens, everything after that, every half
 * minute, when a session's time is up, and when the engine hints that a guest ended.
 */
@Injectable()
export class Reconciler implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private current: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly checking = new Map<string, Promise<void>>();

  constructor(
    private readonly store: SessionStore,
    private readonly sessions: SessionCheck,
    private readonly registry: LaunchRegistry,
    private readonly watcher: StatusWatcher,
    private readonly pool: WarmPool,
    private readonly results: SessionResults,
    private readonly clock: Clock,
    private readonly host: SessionHost,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Takes over what an earlier process left, from one list of the engine. When it returns, no session is called running
   * whose guests the engine does not have running.
   */
  async takeOver(): Promise<void> {
    await this.store.setUnverified(true);
    await this.lookForLosses();
  }

  /**
   * Looks closely at everything, and goes on doing so. Returns at once. For when the process listens: what a hundred
   * sessions are asked takes the processor and the engine from all else that a start still waits for.
   */
  keepLooking(): void {
    void this.sweep().then(() => this.schedule());
    void this.heedHints();
    void this.feelPulsesForEver();
  }

  /** One look at everything. Two callers share one sweep. Never throws: what failed is met again next time. */
  sweep(): Promise<void> {
    this.current ??= this.sweepOnce()
      .catch((error: unknown) => {
        const problem = Problem.from(error);
        this.logger.warn({ code: problem.code, err: problem.cause }, 'a sweep was not finished');
      })
      .finally(() => (this.current = undefined));
    return this.current;
  }

  /**
   * Asks the guests of every session that is ready whether they answer, and looks closely at those that do not; and
   * remembers in which of them something was saved. Returns when all were asked, and what goes on: it holds up no round.
   */
  async feelPulses(): Promise<{ readonly looks: Promise<unknown> }> {
    const ready = (await this.store.live()).filter(({ state }) => state === 'ready');
    const looks: Promise<void>[] = [this.lookForResults(ready)];
    await inLanes(ready, CHECKS_AT_ONCE, async (session) => {
      const silent = await this.sessions.silent(session);
      if (silent.length > 0) looks.push(this.checkOne(session, silent));
    });
    return { looks: Promise.all(looks) };
  }

  /** Lets sessions run on, for the next process to adopt, but makes nothing new. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('the process ends'));
    clearTimeout(this.timer);
    this.watcher.stopAll();
    await this.registry.abandonAll(new Problem('kernel.busy'));
    await this.current;
  }

  private async lookForLosses(): Promise<void> {
    const running = new Set<string>();
    for (const { sessionId, role, isRunning } of (await this.list())?.guests ?? [])
      if (isRunning) running.add(`${sessionId} ${role}`);
    const now = this.clock.instant();
    const isWell = (session: Session) =>
      session.state === 'ready' &&
      this.sessions.endsAt(session) > now &&
      GUESTS.every((role) => running.has(`${session.id} ${role}`));
    const others = (await this.store.live()).filter((session) => !isWell(session));
    await inLanes(others, CHECKS_AT_ONCE, (session) => this.checkOne(session));
  }

  private async sweepOnce(): Promise<void> {
    // The world first and the rows second: what has a row now and had none then is not taken for an orphan.
    const there = await this.list();
    // Before the rows, too: a pair that is taken meanwhile has a row, or is still among these.
    const warm = this.pool.ids();
    const live = await this.store.live();
    await inLanes(live, CHECKS_AT_ONCE, (session) => this.checkOne(session));
    if (!there) return;
    const owners = new Set([...warm, ...live.map(({ id }) => id)]);
    const found = new Set([...there.guests.map(({ sessionId }) => sessionId), ...there.folders]);
    await inLanes(
      [...found].filter((id) => !owners.has(id)),
      4,
      (id) => this.remove(id),
    );
  }

  /** Two callers share one look at a session. */
  private checkOne(session: Session, silent: readonly SessionRole[] = []): Promise<void> {
    const under = this.checking.get(session.id);
    if (under) return under;
    const check = this.sessions
      .check(session, silent)
      .catch((error: unknown) => {
        const { code, cause } = Problem.from(error);
        this.logger.warn({ sessionId: session.id, code, err: cause }, 'a session could not be checked');
      })
      .finally(() => this.checking.delete(session.id));
    this.checking.set(session.id, check);
    return check;
  }

  private lookForResults(ready: readonly Session[]): Promise<void> {
    return this.results.look(ready).catch((error: unknown) => {
      this.logger.warn({ code: Problem.from(error).code }, 'it could not be seen what was saved in viewers');
    });
  }

  private async list(): Promise<HostListing | undefined> {
    try {
      return await withDeadline(LIST_MS, 'hypervisor.unreachable', (signal) => this.host.list({ signal }));
    } catch (error) {
      this.logger.warn({ code: Problem.from(error).code }, 'the engine does not say which guests it has');
      return undefined;
    }
  }

  private async remove(sessionId: string): Promise<void> {
    this.logger.info({ sessionId }, 'what belongs to no session is removed');
    await withDeadline(REMOVE_MS, 'hypervisor.unreachable', (signal) =>
      this.host.remove(sessionId, { signal }),
    ).catch((error: unknown) => {
      this.logger.warn(
        { sessionId, code: Problem.from(error).code },
        'what belongs to no session could not be removed yet',
      );
    });
  }

  private schedule(): void {
    void this.nextDelay().then((ms) => {
      if (this.stopping.signal.aborted) return;
      this.timer = setTimeout(() => void this.sweep().then(() => this.schedule()), ms);
    });
  }

  /** Half a minute, or less when a session's time is up before. */
  private async nextDelay(): Promise<number> {
    const usual = SWEEP_MS * (1 - JITTER + 2 * JITTER * Math.random());
    const live = await this.store.live().catch(() => []);
    const now = this.clock.now().getTime();
    const soonest = Math.min(...live.map((session) => Date.parse(this.sessions.endsAt(session)) - now));
    return Math.max(SOONEST_MS, Math.min(usual, soonest + 50));
  }

  private async feelPulsesForEver(): Promise<void> {
    const { signal } = this.stopping;
    for (let began = performance.now(); ;) {
      const left = Math.max(0, PULSE_EVERY_MS - (performance.now() - began));
      await delay(left, signal).catch(() => undefined);
      if (signal.aborted) return;
      began = performance.now();
      await this.feelPulses().catch((error: unknown) => {
        this.logger.warn({ code: Problem.from(error).code }, 'the pulses of the sessions could not be felt');
      });
    }
  }

  /** Hints may be lost and may be wrong; they only make the next sweep come sooner. */
  private async heedHints(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for await (const event of this.host.watch({ signal })) {
          if (event.kind !== 'exited' || !(await this.isOurs(event.name))) continue;
          await delay(HINT_PAUSE_MS, signal);
          await this.sweep();
        }
      } catch (error) {
        this.logger.debug({ code: Problem.from(error).code }, 'no hints from the engine');
      }
      await delay(WATCH_PAUSE_MS, signal).catch(() => undefined);
    }
  }

  /** Jobs end all the time; only the end of a session's guest is news. */
  private async isOurs(guestName: string): Promise<boolean> {
    const ready = (await this.store.live()).filter(({ state }) => state === 'ready');
    return ready.some(({ guests }) => [guests.viewer.name, guests.guacd.name].includes(guestName));
  }
}
