import { Inject, Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import {
  Clock,
  later,
  newId,
  Problem,
  SETTINGS,
  withDeadline,
  type Instant,
  type Settings,
} from '@vitrine/kernel';
import { digestOfBlobs, PermitIssuer, SessionHost } from '@vitrine/session-host';
import { leavesResults, type Openable, type Viewer } from '@vitrine/viewers';
import { EgressRevocation } from './egress-revocation.js';
import { HostCapacity } from './host-capacity.js';
import { Launcher } from './launcher.js';
import { RecordSource, type ChosenRecord } from './record-source.js';
import { SessionEnding, type Ending } from './session-ending.js';
import { isOver, LIVE_STATES } from './session-machine.js';
import { SessionPlanner, type PlannedSession } from './session-planner.js';
import { newSession } from './new-session.js';
import { SessionStore } from './session-store.js';
import { lookerOf, Session, type SessionAgent } from './session.entity.js';
import { WarmPool } from './warm/warm-pool.js';

/** Waiting for a place included, where the host is full. */
const START_PATIENCE_MS = 30 * 60_000;
const PLAN_MS = 5_000;
const RELEASE_MS = 10_000;

export interface SessionRequest {
  readonly patientId: string;
  readonly startedBy: SessionAgent;
  readonly itemIds: readonly string[];
  /** The best fitting one if absent. */
  readonly viewerId?: string;
  /** With whom the patient lets it speak; of these, those that the viewer's list still has. */
  readonly egress?: readonly string[];
  /** Ends by then, if that is sooner than a session's usual limit. */
  readonly notAfter?: Instant;
  /** Nothing that is done in it may come out, whatever its viewer may otherwise leave. */
  readonly readOnly?: boolean;
}

/** What a person can ask for: start, look, stop. */
@Injectable()
export class SessionService {
  constructor(
    private readonly store: SessionStore,
    private readonly records: RecordSource,
    private readonly planner: SessionPlanner,
    private readonly capacity: HostCapacity,
    private readonly launcher: Launcher,
    private readonly pool: WarmPool,
    private readonly ending: SessionEnding,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly host: SessionHost,
    private readonly permits: PermitIssuer,
    private readonly egress: EgressRevocation,
  ) {}

  /**
   * Writes the session and what will be mounted, then begins to start it and returns. The row, with the names of the
   * guests, is there before anything else is.
   */
  async request(request: SessionRequest): Promise<Session> {
    const planned = await this.planner.choose({ ...request, looker: lookerOf(request.startedBy) });
    const egress = egressFor(request, planned.viewer);
    const warm = await this.pool.take(planned.viewer, planned.guacdDigest, egress.length > 0);
    const id = warm?.id ?? newId();
    let added = false;
    let session: Session;
    try {
      session = await this.draft(id, request, planned, egress);
      await this.store.add(session, async (manager) => {
        await this.checkLimits(manager, session);
        await this.recordStart(manager, session, planned.record);
      });
      added = true;
    } finally {
      if (warm) this.pool.settle(warm.id, added);
    }
    // Read after the row is there: a list that is changed meanwhile is seen here, or finds the row.
    if (egress.length > 0) await this.egress.recheck(session.viewerId);
    this.launcher.launch(session, warm?.roles);
    return session;
  }

  /** What a viewer would have to open for the patient. */
  async openable(patientId: string, itemIds: readonly string[]): Promise<readonly Openable[]> {
    return (await this.records.choose(patientId, itemIds, 'patient')).items;
  }

  /** A session of this patient; another's is not there. */
  async ofPatient(patientId: string, sessionId: string): Promise<Session> {
    const session = await this.store.find(sessionId);
    if (session?.patientId !== patientId) throw new Problem('delegation.not-visible');
    return session;
  }

  liveOfPatient(patientId: string): Promise<Session[]> {
    return this.store.liveOfPatient(patientId);
  }

  allLive(): Promise<Session[]> {
    return this.store.live();
  }

  find(sessionId: string): Promise<Session | null> {
    return this.store.find(sessionId);
  }

  /** Returns when the session is gone, or when it is clear that this will take longer; it ends in any case. */
  end(sessionId: string, ending: Ending): Promise<Session> {
    return this.ending.end(sessionId, ending);
  }

  /** Ends what visitors started by themselves, once they may no longer look. */
  async endStartedBy(grantIds: readonly string[]): Promise<void> {
    const theirs = (await this.store.live()).filter(
      ({ startedBy }) => startedBy.kind === 'visitor' && grantIds.includes(startedBy.id),
    );
    await Promise.all(theirs.map(({ id }) => this.ending.end(id, { reason: 'revoked' })));
  }

  /** For a patient who leaves: ends what runs, then forgets it. What cannot be ended yet is forgotten another time. */
  async forgetPatient(patientId: string): Promise<void> {
    const live = await this.store.liveOfPatient(patientId);
    await Promise.all(live.map(({ id }) => this.ending.end(id, { reason: 'stopped' })));
    await this.store.forgetOver(patientId);
  }

  /** Ends every viewer of a patient that shows this item, which is no longer there. */
  async endShowing(patientId: string, itemId: string, by: SessionAgent): Promise<void> {
    const showing = (await this.store.liveOfPatient(patientId)).filter(({ itemIds }) =>
      itemIds.includes(itemId),
    );
    await Promise.all(showing.map(({ id }) => this.ending.end(id, { reason: 'stopped', by })));
  }

  /** For the end of the whole installation: returns when nothing is left, or when it is clear what cannot go. */
  async endAll(): Promise<void> {
    await this.pool.drain();
    const live = await this.store.live();
    const ended = await Promise.all(live.map(({ id }) => this.ending.end(id, { reason: 'stopped' })));
    if (ended.every(({ state }) => isOver(state)))
      await withDeadline(RELEASE_MS, 'hypervisor.unreachable', (signal) => this.host.release({ signal }));
  }

  private async draft(
    id: string,
    request: SessionRequest,
    { record, viewer, plan: usual, title }: PlannedSession,
    egress: readonly string[],
  ): Promise<Session> {
    const plan = egress.length > 0 ? { ...usual, egress } : usual;
    const now = this.clock.instant();
    const startDeadline = later(now, START_PATIENCE_MS);
    // Its time begins when it starts, which is then written down; until then, what it can be at the latest.
    const latest = later(startDeadline, plan.longestMs ?? this.settings.sessions.maximumMs);
    const { notAfter = latest } = request;
    const expiresAt = notAfter < latest ? notAfter : latest;
    const { kind, id: agentId } = request.startedBy;
    return newSession(now, {
      id,
      patientId: request.patientId,
      startedBy: request.startedBy,
      viewerId: viewer.id,
      imageDigest: viewer.imageDigest,
      itemIds: record.items.map((item) => item.id),
      title,
      guests: await withDeadline(PLAN_MS, 'hypervisor.unreachable', (signal) =>
        this.host.plan(id, { signal }),
      ),
      plan,
      permit: this.permits.sign({
        sessionId: id,
        by: { kind, id: agentId },
        patientId: request.patientId,
        imageDigest: viewer.imageDigest,
        isolation: viewer.isolation,
        results: leavesResults(viewer),
        blobs: digestOfBlobs(record.files.map(({ blobId }) => blobId)),
        egress,
        until: expiresAt,
      }),
      startDeadline,
      expiresAt,
    });
  }

  private async checkLimits(manager: EntityManager, session: Session): Promise<void> {
    const running = await manager.findBy(Session, { state: In([...LIVE_STATES]) });
    const own = running.filter(({ patientId }) => patientId === session.patientId);
    if (own.length >= this.settings.sessions.perPerson)
      throw new Problem('sessions.limit-reached', {
        ...(session.startedBy.kind === 'visitor' ? { message: LIMIT_FOR_VISITOR } : {}),
        extensions: { limit: this.settings.sessions.perPerson },
      });
    this.capacity.check(session.plan);
  }

  private recordStart(manager: EntityManager, session: Session, chosen: ChosenRecord): Promise<void> {
    return this.audit.record(manager, {
      action: 'session.started',
      agent: session.startedBy,
      patientId: session.patientId,
      entities: [
        { kind: 'session', id: session.id },
        ...chosen.items.map((item) => ({ kind: 'item' as const, id: item.id, label: item.title })),
        { kind: 'viewer', id: session.viewerId },
      ],
      details: {
        imageDigest: session.imageDigest,
        files: session.plan.files,
        bytes: session.plan.bytes,
        access: 'read-only',
        ...(session.plan.results ? { results: true } : {}),
        ...(session.plan.egress ? { egress: session.plan.egress.join(', ') } : {}),
        ...(chosen.items.some(({ state }) => state === 'pending') ? { deposit: true } : {}),
      },
    });
  }
}

/**
 * What the patient said yes to, as far as the viewer's list has it. A visitor says yes to nothing, and other walls than
 * the standard ones let no socket through.
 */
const egressFor = ({ startedBy, egress = [] }: SessionRequest, viewer: Viewer): readonly string[] =>
  lookerOf(startedBy) === 'patient' && viewer.isolation === 'standard'
    ? viewer.egress.filter((target) => egress.includes(target))
    : [];

const LIMIT_FOR_VISITOR =
  'The person who invited you already has as many viewers open as they may. Ask them to close one.';
