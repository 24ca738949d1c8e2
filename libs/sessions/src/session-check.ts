import { Inject, Injectable } from '@nestjs/common';
import { OUT_OF_MEMORY, type GuestObservation } from '@vitrine/hypervisor';
import {
  Clock,
  delay,
  LOGGER,
  Problem,
  SETTINGS,
  withDeadline,
  type Logger,
  type ProblemCode,
  type Settings,
} from '@vitrine/kernel';
import { SessionHost, type SessionRole } from '@vitrine/session-host';
import { AnswerPace } from './answer-pace.js';
import { LaunchRegistry } from './launch-registry.js';
import { Launcher } from './launcher.js';
import { SessionEnding } from './session-ending.js';
import { SessionStore } from './session-store.js';
import { WallCheck } from './session-walls.js';
import { isBuild, type EndReason, type Session } from './session.entity.js';
import { Freezes } from './studio/freezes.js';
import { StatusWatcher } from './status-watcher.js';
import { VisitorRights } from './visitor-rights.js';

const OBSERVE_MS = 10_000;
const GUESTS = ['viewer', 'guacd'] as const;
/** Ending a viewer takes what was done in it away, and replacing a bridge cuts the stream of everybody who looks. */
const MISSES = 2;
const MISS_PAUSE_MS = 250;
const GUACD_START_MS = 30_000;
/** A bridge that dies again and again is not replaced faster than this. */
const GUACD_PAUSE_MS = 10_000;

/** The host was not there or could not ask the guest: that is not a no. */
const saysNothing = (code: ProblemCode): boolean =>
  code === 'hypervisor.unreachable' || code === 'kernel.unexpected';

/** Looks at one session, compares what is with what the row says, and does what is needed to make them agree. */
@Injectable()
export class SessionCheck {
  private readonly replacedAt = new Map<string, number>();
  private readonly pace = new AnswerPace();

  constructor(
    private readonly store: SessionStore,
    private readonly registry: LaunchRegistry,
    private readonly launcher: Launcher,
    private readonly ending: SessionEnding,
    private readonly watcher: StatusWatcher,
    private readonly rights: VisitorRights,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly host: SessionHost,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly freezes: Freezes,
  ) {}

  /** The moment at which this session ends if nothing happens until then. */
  endsAt(session: Session): string {
    if (session.state !== 'ready') return session.startDeadline;
    const idle = this.idleEndsAt(session);
    return idle < session.expiresAt ? idle : session.expiresAt;
  }

  /** Somebody who builds may wait for a download, or think: only the deadline counts. */
  idleEndsAt(session: Session): string {
    if (isBuild(session)) return session.expiresAt;
    return new Date(Date.parse(session.lastInputAt) + this.settings.sessions.idleMs).toISOString();
  }

  /** `silent`: these guests of a session that is ready have just missed an answer. */
  async check(session: Session, silent: readonly SessionRole[] = []): Promise<void> {
    switch (session.state) {
      case 'requested':
      case 'preparing':
      case 'starting':
        return this.checkStart(session);
      case 'ready':
        return this.checkReady(session, silent);
      case 'stopping':
        await this.end(session, session.endReason ?? 'stopped');
        return;
      case 'ended':
      case 'failed':
        return;
    }
  }

  /** A start that nobody is at was cut off by the end of a process: go on with it while there is time. */
  private async checkStart(session: Session): Promise<void> {
    if (this.registry.has(session.id)) return;
    if (session.startDeadline <= this.clock.instant()) await this.end(session, 'took-too-long');
    else await this.goOn(session);
  }

  /** What was read may be older than the session's end: a start that has just failed is not begun again. */
  private async goOn(read: Session): Promise<void> {
    const session = await this.store.get(read.id);
    if (session.state === read.state && !this.ending.isEnding(read.id)) this.launcher.launch(session);
  }

  private async checkReady(session: Session, silent: readonly SessionRole[]): Promise<void> {
    // It stands still and answers nobody, and goes on by itself.
    if (this.freezes.has(session.id)) return;
    const now = this.clock.instant();
    if (session.expiresAt <= now) return this.end(session, 'time-up');
    if (this.idleEndsAt(session) <= now) return this.end(session, 'idle');
    if (await this.rights.areOver(session)) return this.end(session, 'revoked');

    // All at once: a frozen viewer is to be found soon.
    const [viewer, guacd, viewerAnswers, guacdAnswers] = await Promise.all([
      this.observe(session, 'viewer'),
      this.observe(session, 'guacd'),
      this.answers(session, 'viewer', silent),
      this.answers(session, 'guacd', silent),
    ]);
    switch (viewer.status) {
      case 'unreachable':
        // The engine says nothing, which is not a no: the person may be looking at this very moment.
        await this.store.setUnverified(true, session.id);
        return;
      case 'absent':
        return this.end(session, 'guest-lost');
      case 'created':
        return this.end(session, 'viewer-crashed');
      case 'exited':
        return this.end(session, viewer.detail === OUT_OF_MEMORY ? 'out-of-memory' : 'viewer-crashed');
      case 'running':
        break;
    }
    if (!viewerAnswers) return this.end(session, 'viewer-crashed');
    if (isBuild(session)) {
      const breach = await this.breachOf(session);
      if (breach) return this.end(session, breach);
    }
    if (guacd.status === 'unreachable') return;
    if (guacd.status !== 'running' || !guacdAnswers) await this.replaceGuacd(session);
    if (session.unverified) await this.store.setUnverified(false, session.id);
    if (!(await this.isLaidOut(session))) await this.goOn(session);
    else if (session.viewerStatus === 'waiting' || session.viewerStatus === 'opening')
      this.watcher.watch(session.id);
  }

  /**
   * Those guests of a session that is ready which do not answer right now, by their protocols. Asks the engine nothing:
   * to it a frozen guest runs. A host that says nothing, which is not a no, leaves it at that. Never throws.
   */
  async silent(session: Session): Promise<SessionRole[]> {
    const heard = await Promise.all(
      GUESTS.map((guest) =>
        this.ask(session, guest).then(
          () => true,
          (error: unknown) => saysNothing(Problem.from(error).code),
        ),
      ),
    );
    return GUESTS.filter((_, index) => !heard[index]);
  }

  /** A build can change its system, so it is looked at again and again whether it is still what it may be. */
  private breachOf({ id }: Session): Promise<EndReason | undefined> {
    return withDeadline(OBSERVE_MS, 'hypervisor.unreachable', (signal) =>
      this.host.examine(id, 'viewer', { signal }),
    ).then(
      () => undefined,
      (error: unknown) => {
        const { code } = Problem.from(error);
        if (code === 'sessions.build-too-large') return 'too-large';
        return code === 'hypervisor.unsafe-guest' ? 'guest-lost' : undefined;
      },
    );
  }

  private isLaidOut({ id }: Session): Promise<boolean> {
    return withDeadline(OBSERVE_MS, 'hypervisor.unreachable', (signal) =>
      this.host.isLaidOut(id, { signal }),
    );
  }

  private observe({ id }: Session, role: SessionRole): Promise<GuestObservation> {
    return withDeadline(OBSERVE_MS, 'hypervisor.unreachable', (signal) =>
      this.host.observe(id, role, { signal }),
    ).catch((error: unknown) => ({ status: 'unreachable' as const, cause: Problem.from(error) }));
  }

  /**
   * One answer out of two suffices: a viewer that loads a large study, or a bridge of a busy machine, may be slow for a
   * moment. Where the machine is slow with most guests, a miss says nothing about one.
   */
  private async answers(
    session: Session,
    guest: SessionRole,
    silent: readonly SessionRole[],
  ): Promise<boolean> {
    const misses = silent.includes(guest) ? 1 : MISSES;
    for (let miss = 1; ; miss++) {
      try {
        await this.ask(session, guest);
        return true;
      } catch (error) {
        const { code } = Problem.from(error);
        if (saysNothing(code)) return true;
        const isSlow = this.pace.isSlow;
        this.logger.warn({ sessionId: session.id, guest, code, miss, isSlow }, 'a guest did not answer');
        if (code === 'hypervisor.unsafe-endpoint') return false;
        if (miss === misses) return isSlow;
        await delay(MISS_PAUSE_MS);
      }
    }
  }

  /** The host gives a guest its time; a deadline that passes here is a host that hangs. */
  private async ask({ id }: Session, guest: SessionRole): Promise<void> {
    const asked = performance.now();
    try {
      await withDeadline(OBSERVE_MS, 'hypervisor.unreachable', (signal) =>
        this.host.answers(id, guest, { signal }),
      );
    } finally {
      this.pace.note(`${id} ${guest}`, performance.now() - asked);
    }
  }

  /** The bridge holds nothing that is worth keeping: a new one shows the same display, and browsers come back. */
  private async replaceGuacd(session: Session): Promise<void> {
    const now = this.clock.now().getTime();
    if (now - (this.replacedAt.get(session.id) ?? 0) < GUACD_PAUSE_MS) return;
    this.replacedAt.set(session.id, now);
    const { id } = session;
    this.logger.warn(
      { sessionId: session.id },
      'the display bridge of a session is gone or frozen, and is replaced',
    );
    try {
      await withDeadline(GUACD_START_MS, 'hypervisor.took-too-long', async (signal) => {
        await this.host.destroy(id, 'guacd', { signal });
        new WallCheck().note('guacd', await this.host.start(id, { role: 'guacd' }, { signal }));
      });
    } catch (error) {
      const { code } = Problem.from(error);
      this.logger.warn(
        { sessionId: session.id, code },
        'the display bridge of a session could not be replaced yet',
      );
      if (code === 'hypervisor.unsafe-guest') await this.end(session, 'guest-lost');
      return;
    }
    // An ending that ran meanwhile did not know of the new guest.
    const latest = await this.store.find(session.id);
    if (latest?.state !== 'ready')
      await withDeadline(OBSERVE_MS, 'hypervisor.unreachable', (signal) =>
        this.host.destroy(id, 'guacd', { signal }),
      );
  }

  private async end(session: Session, reason: EndReason): Promise<void> {
    this.replacedAt.delete(session.id);
    this.logger.info({ sessionId: session.id, reason }, 'a session is ended');
    await this.ending.end(session.id, { reason });
  }
}
