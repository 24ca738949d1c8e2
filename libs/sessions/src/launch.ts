import type { EntityManager } from 'typeorm';
import type { AuditService } from '@vitrine/audit';
import type { GuestRef, GuestSpec, HypervisorDriver } from '@vitrine/hypervisor';
import { Problem, withDeadline, type Clock, type Instant } from '@vitrine/kernel';
import { guacdGuestSpec, viewerGuestSpec, type ViewerFolder } from '@vitrine/viewers';
import { layRecord, type LayingParts } from './laying.js';
import type { SessionState } from './session-machine.js';
import type { SessionStore } from './session-store.js';
import { recordWalls, WallCheck } from './session-walls.js';
import { isolationOf, type Session, type SessionWalls } from './session.entity.js';
import { together } from './together.js';

/** From a free place to a display that answers: the first of the two clocks. */
const START_MS = 45_000;
/** From a guest that was made to one that answers: the second. */
const DISPLAY_MS = 15_000;
/** What is told to stop gets so long to do it. */
const LINGER_MS = 10_000;
/** Copying has a pace below which something is broken, whatever the size. */
const COPY_MS = 60_000;
const COPY_BYTES_PER_MS = 2000;

export interface LaunchParts extends LayingParts {
  readonly store: SessionStore;
  readonly driver: HypervisorDriver;
  readonly audit: AuditService;
  readonly clock: Clock;
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
    private readonly folder: ViewerFolder,
    private readonly parts: LaunchParts,
    /** The guests that it took over, which run already, in a folder that is prepared. */
    private readonly warm: readonly GuestSpec['role'][],
    private readonly onStep: (step: 'folder' | 'viewer') => void,
  ) {}

  /** Returns when the display answers and the files are laid out. After a failure nothing is being made any more. */
  async run(signal: AbortSignal): Promise<void> {
    this.onStep('folder');
    if (this.warm.length === 0)
      await this.within(START_MS, 'hypervisor.took-too-long', signal, (inTime) =>
        together([() => this.enter('preparing'), () => this.folder.prepare()], inTime),
      );
    // A kernel in between has opened the record's place by the time it runs, and sees nothing that is mounted there later.
    if (isolationOf(this.session.plan) === 'strong')
      await this.within(START_MS, 'hypervisor.took-too-long', signal, () =>
        this.folder.attach(this.session.plan),
      );
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
      await this.enter('preparing');
      await this.enter('starting');
    };
    await together([tell, (stop) => this.startGuests(stop)], signal);
    const now = this.parts.clock.instant();
    const { walls } = this.check;
    await this.enter('ready', { readyAt: now, lastInputAt: now, unverified: false, walls });
    this.parts.onReady();
  }

  private async startGuests(signal: AbortSignal): Promise<void> {
    const { plan, imageDigest, guests, id } = this.session;
    const { network, resources, guacdDigest } = plan;
    const isolation = isolationOf(plan);
    const viewer = viewerGuestSpec({ imageDigest, network, resources, isolation }, this.folder, id);
    await together(
      [
        (stop) => this.guest(guests.guacd, guacdGuestSpec(guacdDigest, this.folder, id), stop),
        (stop) => this.guest(guests.viewer, viewer, stop),
      ],
      signal,
    );
  }

  private async guest(ref: GuestRef, spec: GuestSpec, signal: AbortSignal): Promise<void> {
    const { driver } = this.parts;
    if (!this.warm.includes(spec.role)) {
      const created = await driver.create(ref, spec, { signal });
      // Started means that it speaks its protocol, not that a process runs.
      await this.within(DISPLAY_MS, 'hypervisor.took-too-long', signal, (inTime) =>
        driver.start(created, spec, { signal: inTime }),
      );
    }
    this.check.note(spec.role, await driver.examine(ref, spec, { signal }));
  }

  private async copy(signal: AbortSignal): Promise<void> {
    if (await this.folder.isLaidOut()) return;
    const limit = COPY_MS + this.session.plan.bytes / COPY_BYTES_PER_MS;
    await this.within(limit, 'hypervisor.took-too-long', signal, (inTime) =>
      layRecord(this.session, this.folder, this.parts, inTime),
    );
  }

  /** A row that has got there already, in an earlier try, stays where it is. */
  private async enter(
    state: SessionState,
    change: { readyAt?: Instant; lastInputAt?: Instant; unverified?: boolean; walls?: SessionWalls } = {},
  ): Promise<void> {
    const order: readonly SessionState[] = ['requested', 'preparing', 'starting', 'ready'];
    if (order.indexOf(this.session.state) >= order.indexOf(state)) return;
    const { walls } = change;
    const alongside =
      walls && ((manager: EntityManager) => recordWalls(this.parts.audit, manager, this.session, walls));
    const next = await this.parts.store.advance(this.session, state, change, alongside);
    // Somebody stopped it meanwhile, and cleans up.
    if (!next) throw new Problem('sessions.ended');
    this.session = next;
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
    const signal = AbortSignal.any([outer, controller.signal]);
    try {
      await withDeadline(ms + LINGER_MS, code, () => work(signal));
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }
}
