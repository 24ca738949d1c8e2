import type { EntityManager } from 'typeorm';
import type { AuditService } from '@vitrine/audit';
import { Problem, sooner, withDeadline, type Clock } from '@vitrine/kernel';
import type { GuestWish, SessionRole } from '@vitrine/session-host';
import { egressOf } from './egress.js';
import { attachRecord, layRecord, type LayingParts } from './laying.js';
import type { SessionState } from './session-machine.js';
import type { Change, SessionStore } from './session-store.js';
import { recordWalls, WallCheck } from './session-walls.js';
import { isBuild, isolationOf, type Session, type SessionWalls } from './session.entity.js';
import type { Terms } from './start-terms.js';
import { together } from './together.js';

/** From a free place to a display that answers. */
const START_MS = 45_000;
/** What is told to stop gets so long to do it. */
const LINGER_MS = 10_000;
/** Copying has a pace below which something is broken, whatever the size. */
const COPY_MS = 60_000;
const COPY_BYTES_PER_MS = 2000;

export interface LaunchParts extends LayingParts {
  readonly store: SessionStore;
  readonly audit: AuditService;
  readonly clock: Clock;
  /** A launch that goes on with another's keeps what that wrote. */
  readonly terms: Terms;
  /** The display answers; only copying may still go on. */
  onReady(): void;
}

/**
 * One start of one session. Every step may be done twice, so a launch that another process began is simply run again.
 * The row says `preparing` or `starting` before or while the step is done, never only after: whatever exists has a
 * live row. The guests start while the files are still being copied, since the picture of an empty desk that fills is
 * better than no picture.
 */
export class Launch {
  private readonly check = new WallCheck();

  constructor(
    private session: Session,
    private readonly parts: LaunchParts,
    /** The guests that it took over, which run already, in a folder that is prepared. */
    private readonly warm: readonly SessionRole[],
    private readonly onStep: (step: 'folder' | 'viewer') => void,
  ) {}

  /** Returns when the display answers and the files are laid out. After a failure nothing is being made any more. */
  async run(signal: AbortSignal): Promise<void> {
    this.onStep('folder');
    if (isBuild(this.session))
      return this.within(START_MS, 'hypervisor.took-too-long', signal, (inTime) => this.build(inTime));
    if (this.warm.length === 0)
      await this.within(START_MS, 'hypervisor.took-too-long', signal, (inTime) =>
        together(
          [() => this.enterPreparing(), (stop) => this.parts.host.prepare(this.session.id, { signal: stop })],
          inTime,
        ),
      );
    // A kernel in between has opened the record's place by the time it runs, and sees nothing that is mounted there later.
    if (isolationOf(this.session.plan) === 'strong')
      await this.within(START_MS, 'hypervisor.took-too-long', signal, async (inTime) => {
        await attachRecord(this.session, this.parts, inTime);
      });
    await together(
      [
        (stop) => this.copy(stop),
        (stop) => this.within(START_MS, 'hypervisor.took-too-long', stop, (inTime) => this.start(inTime)),
      ],
      signal,
    );
  }

  private async start(signal: AbortSignal): Promise<void> {
    this.onStep('viewer');
    const tell = async () => {
      await this.enterPreparing();
      await this.enter('starting');
    };
    await together([tell, (stop) => this.startGuests(stop)], signal);
    await this.enterReady((manager, walls) => recordWalls(this.parts.audit, manager, this.session, walls));
  }

  /** Its record is the host's own sample, laid out before it starts. */
  private async build(signal: AbortSignal): Promise<void> {
    await this.enterPreparing();
    await this.enter('starting');
    this.onStep('viewer');
    const { id, imageDigest, permit, plan } = this.session;
    const { host } = this.parts;
    const base = { imageDigest, isolation: isolationOf(plan), registration: plan.registration };
    this.check.note('viewer', await host.openBuild(id, permit ?? '', base, { signal }));
    await this.guest({ role: 'guacd' }, signal);
    await this.enterReady();
  }

  private async enterReady(
    alongside?: (manager: EntityManager, walls: SessionWalls) => Promise<void>,
  ): Promise<void> {
    const now = this.parts.clock.instant();
    const { walls } = this.check;
    await this.enter('ready', { readyAt: now, lastInputAt: now, unverified: false, walls }, async (manager) =>
      alongside?.(manager, walls),
    );
    this.parts.onReady();
  }

  private async startGuests(signal: AbortSignal): Promise<void> {
    const { plan, imageDigest } = this.session;
    const { registration, results } = plan;
    const egress = egressOf(this.session).length > 0;
    const isolation = isolationOf(plan);
    await together(
      [
        (stop) => this.guest({ role: 'guacd' }, stop),
        (stop) => this.guest({ role: 'viewer', imageDigest, isolation, registration, results, egress }, stop),
      ],
      signal,
    );
  }

  private async guest(wish: Extract<GuestWish, { role: SessionRole }>, signal: AbortSignal): Promise<void> {
    const { id } = this.session;
    const { host } = this.parts;
    const seen = this.warm.includes(wish.role)
      ? await host.examine(id, wish.role, { signal })
      : await host.start(id, wish, { signal });
    this.check.note(wish.role, seen);
  }

  private async copy(signal: AbortSignal): Promise<void> {
    if (await this.parts.host.isLaidOut(this.session.id, { signal })) return;
    const limit = COPY_MS + this.session.plan.bytes / COPY_BYTES_PER_MS;
    await this.within(limit, 'hypervisor.took-too-long', signal, (inTime) =>
      layRecord(this.session, this.parts, inTime),
    );
  }

  private enterPreparing(): Promise<void> {
    const { endsAt, reservationId } = this.parts.terms;
    const change = { expiresAt: endsAt, reservationId: reservationId ?? null };
    return this.enter('preparing', change, async (manager) => {
      if (reservationId !== undefined) await this.recordPlace(manager, reservationId);
    });
  }

  /** A row that has got there already, in an earlier try, stays where it is. */
  private async enter(
    state: SessionState,
    change: Change = {},
    alongside?: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    const order: readonly SessionState[] = ['requested', 'preparing', 'starting', 'ready'];
    if (order.indexOf(this.session.state) >= order.indexOf(state)) return;
    const next = await this.parts.store.advance(this.session, state, change, alongside);
    // Somebody stopped it meanwhile, and cleans up.
    if (!next) throw new Problem('sessions.ended');
    this.session = next;
  }

  private recordPlace(manager: EntityManager, reservationId: string): Promise<void> {
    const { id, title, patientId, startedBy } = this.session;
    return this.parts.audit.record(manager, {
      action: 'reservation.used',
      agent: startedBy,
      patientId,
      entities: [
        { kind: 'session', id, label: title },
        { kind: 'reservation', id: reservationId },
      ],
    });
  }

  /**
   * Like `withDeadline`, but waits until the work has settled, since it still may be making something. Work that does
   * not heed its signal is given up on after a while: a lost launch must not hold its place for ever.
   */
  private async within(
    ms: number,
    code: 'hypervisor.took-too-long',
    outer: AbortSignal,
    work: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Problem(code)), ms);
    const signal = sooner(outer, controller.signal);
    try {
      await withDeadline(ms + LINGER_MS, code, () => work(signal));
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }
}
