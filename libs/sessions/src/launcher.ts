import { Inject, Injectable } from '@nestjs/common';
import { AuditService } from '@vitrine/audit';
import { Clock, LOGGER, Problem, SETTINGS, sooner, type Logger, type Settings } from '@vitrine/kernel';
import { SessionHost, type SessionRole } from '@vitrine/session-host';
import { LaunchRegistry, type LaunchProgress } from './launch-registry.js';
import { Launch } from './launch.js';
import { Readings } from './readings.js';
import { ObjectLender, RecordSource } from './record-source.js';
import { SessionEnding } from './session-ending.js';
import { SessionEvents } from './session-events.js';
import { SessionStore } from './session-store.js';
import { HostCapacity, sessionMiB } from './host-capacity.js';
import { MeasuredHost } from './memory/measured-host.js';
import type { Holder, KeptPlace, Occupancy } from './reservations/occupancy.js';
import { ReservationStore } from './reservations/reservation-store.js';
import type { Reservation } from './reservations/reservation.entity.js';
import type { Session } from './session.entity.js';
import { Settling } from './settling.js';
import { StartQueue } from './start-queue.js';
import type { Entrant } from './start-terms.js';
import { StatusWatcher } from './status-watcher.js';

/** Starts sessions, a few at once and where there is room: more at once make all slower and some of them fail. */
@Injectable()
export class Launcher {
  private readonly queue: StartQueue;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly host: SessionHost,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly store: SessionStore,
    private readonly records: RecordSource,
    private readonly lender: ObjectLender,
    private readonly readings: Readings,
    private readonly registry: LaunchRegistry,
    private readonly ending: SessionEnding,
    private readonly watcher: StatusWatcher,
    private readonly settling: Settling,
    private readonly events: SessionEvents,
    capacity: HostCapacity,
    measuredHost: MeasuredHost,
    reservations: ReservationStore,
  ) {
    this.queue = new StartQueue(settings.sessions.startsAtOnce, {
      longestMs: settings.sessions.maximumMs,
      now: () => clock.instant(),
      availableMiB: () => capacity.availableMiB(),
      occupancy: async (waiting) => {
        const running = (await store.live()).filter(({ id }) => !waiting.has(id));
        return { holders: running.map(holderOf), kept: (await reservations.kept()).map(placeOf) };
      },
      measured: async (waiting, nextId) => {
        const live = await store.live();
        const next = live.find(({ id }) => id === nextId);
        const running = live.filter(({ id }) => !waiting.has(id));
        const wishes = live.filter(({ id }) => waiting.has(id));
        const seen = next && (await measuredHost.look(running, wishes, next));
        return (
          seen && {
            ...seen,
            occupancy: {
              holders: running.map((session) => ({
                ...holderOf(session),
                memoryMiB: seen.needs.get(session.id) ?? Infinity,
              })),
              kept: (await reservations.kept()).map(placeOf),
            },
          }
        );
      },
    });
  }

  /** Does something with what is known of the memory, while nobody is let in. */
  quietly<T>(work: (occupancy: Occupancy) => Promise<T>): Promise<T> {
    return this.queue.quietly(work);
  }

  /**
   * Begins to start the session, or goes on with a start that another process began. Returns at once. `warm`: these of
   * its guests run and answer.
   */
  launch(session: Session, warm: readonly SessionRole[] = []): void {
    if (this.registry.has(session.id)) return;
    const controller = new AbortController();
    const state: { progress: LaunchProgress } = { progress: { step: 'waiting' } };
    const tell = (progress: LaunchProgress) => {
      state.progress = progress;
      this.events.emit(session.id);
    };
    this.registry.add(session.id, {
      settled: this.run(session, warm, controller.signal, tell),
      get progress() {
        return state.progress;
      },
      abort: (reason) => controller.abort(reason),
    });
  }

  private async run(
    session: Session,
    warm: readonly SessionRole[],
    signal: AbortSignal,
    tell: (progress: LaunchProgress) => void,
  ): Promise<void> {
    // Not within the caller's call: the row's writer has to get its answer first.
    await Promise.resolve();
    const began = performance.now();
    const failure = await this.attempt(session, warm, signal, tell).then(
      () => undefined,
      (error: unknown) => Problem.from(error),
    );
    const context = { sessionId: session.id, warm, ms: Math.round(performance.now() - began) };
    if (!failure) {
      this.logger.info(context, 'session launched');
      return;
    }
    if (failure.code === 'sessions.ended' || signal.aborted) return;
    this.logger.warn(
      { ...context, code: failure.code, ...failure.logContext, err: failure.cause },
      'session launch failed',
    );
    // Not awaited: the ending waits for this launch to be over.
    const reason = failure.code === 'hypervisor.took-too-long' ? 'took-too-long' : 'start-failed';
    this.ending.end(session.id, { reason, failure: failure.code }).catch((error: unknown) => {
      // The sweep finds it by its deadline.
      this.logger.error({ ...context, err: error }, 'a failed launch could not be ended');
    });
  }

  private async attempt(
    session: Session,
    warm: readonly SessionRole[],
    signal: AbortSignal,
    tell: (progress: LaunchProgress) => void,
  ): Promise<void> {
    const deadline = Date.parse(session.startDeadline) - this.clock.now().getTime();
    const patience = AbortSignal.timeout(Math.max(1, deadline));
    const start = await this.queue
      .enter(entrantOf(session), sooner(signal, patience), (standing) => tell({ step: 'waiting', standing }))
      .catch((error: unknown) => {
        throw patience.aborted ? new Problem('sessions.host-full') : error;
      });
    const onReady = () => void this.settling.settled(session.id).then(() => start.over());
    const parts = { ...this.parts(), terms: start, onReady };
    try {
      const onStep = (step: 'folder' | 'viewer') => tell({ step });
      const launch = new Launch(session, parts, warm, onStep);
      this.watcher.watch(session.id);
      await launch.run(signal);
    } catch (error) {
      start.over();
      throw error;
    }
  }

  private parts() {
    const { store, records, lender, readings, host, audit, clock } = this;
    return { store, records, lender, readings, host, audit, clock };
  }
}

const onPlace = ({ reservationId }: Session): { readonly reservationId?: string } =>
  reservationId === null ? {} : { reservationId };

const placeOf = ({ id, patientId, memoryMiB, beginsAt, endsAt }: Reservation): KeptPlace => ({
  id,
  personId: patientId,
  memoryMiB,
  beginsAt,
  endsAt,
});

const holderOf = (session: Session): Holder => ({
  id: session.id,
  personId: session.patientId,
  memoryMiB: sessionMiB(session.plan),
  endsAt: session.expiresAt,
  ...onPlace(session),
});

const entrantOf = (session: Session): Entrant => ({
  id: session.id,
  personId: session.patientId,
  memoryMiB: sessionMiB(session.plan),
  notAfter: session.expiresAt,
  ...(session.plan.longestMs === undefined ? {} : { longestMs: session.plan.longestMs }),
  ...(session.state === 'requested' ? {} : { terms: { endsAt: session.expiresAt, ...onPlace(session) } }),
});
