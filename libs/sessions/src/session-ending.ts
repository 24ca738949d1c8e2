import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, SYSTEM_AGENT } from '@vitrine/audit';
import { Clock, LOGGER, Problem, withDeadline, type Logger, type ProblemCode } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import { LaunchRegistry } from './launch-registry.js';
import { LearnedMemory } from './memory/learned-memory.js';
import { isOver } from './session-machine.js';
import { SessionResults } from './session-results.js';
import { SessionStore } from './session-store.js';
import { recordOf, type EndReason, type Session, type SessionAgent } from './session.entity.js';
import { StatusWatcher } from './status-watcher.js';
import { LiveConnections } from './tunnel-live-connections.js';

const CUT_MS = 1_000;
const REMOVE_MS = 30_000;
const TRIES = 5;

export interface Ending {
  readonly reason: EndReason;
  /** Nobody, for what the system does by itself. */
  readonly by?: SessionAgent;
  readonly failure?: ProblemCode;
}

const FAILURES: readonly EndReason[] = [
  'start-failed',
  'took-too-long',
  'viewer-crashed',
  'out-of-memory',
  'guest-lost',
];

/**
 * Ends sessions. The row says `stopping` until nothing is left: no stream, no guest, no mount, no folder. Each step may
 * be done again, so an ending that was cut off, or that met an engine that is down, is simply run again by the sweep.
 */
@Injectable()
export class SessionEnding {
  private readonly running = new Map<string, Promise<Session>>();

  constructor(
    private readonly store: SessionStore,
    private readonly registry: LaunchRegistry,
    private readonly watcher: StatusWatcher,
    private readonly connections: LiveConnections,
    private readonly host: SessionHost,
    private readonly memory: LearnedMemory,
    private readonly results: SessionResults,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Returns the session when it is over, or still `stopping` when something could not be taken away yet. Never
   * throws for that; the first reason stays.
   */
  end(sessionId: string, ending: Ending): Promise<Session> {
    const known = this.running.get(sessionId);
    if (known) return known;
    const work = this.run(sessionId, ending).finally(() => this.running.delete(sessionId));
    this.running.set(sessionId, work);
    return work;
  }

  /** In this process: its row may not say so yet. */
  isEnding(sessionId: string): boolean {
    return this.running.has(sessionId);
  }

  private async run(sessionId: string, ending: Ending): Promise<Session> {
    const session = await this.markStopping(sessionId, ending);
    if (isOver(session.state)) return session;
    let peakMiB: number | null;
    try {
      // The launch may be just about to make a guest; and a stream has to hear why it ends before it breaks.
      await Promise.all([
        this.registry.abandon(sessionId, new Problem('sessions.ended')),
        this.cut(sessionId, session.endReason),
      ]);
      this.watcher.stop(sessionId);
      peakMiB = await this.memory.peakOf(session);
      await this.results.take(session);
      await withDeadline(REMOVE_MS, 'hypervisor.unreachable', (signal) =>
        this.host.remove(sessionId, { signal }),
      );
    } catch (error) {
      const { code, cause, logContext } = Problem.from(error);
      this.logger.warn(
        { sessionId, code, ...logContext, err: cause },
        'a session could not be taken away yet',
      );
      return session;
    }
    return this.markOver(session, peakMiB);
  }

  private async markStopping(sessionId: string, ending: Ending): Promise<Session> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const session = await this.store.get(sessionId);
      if (isOver(session.state) || session.state === 'stopping') return session;
      const stopping = await this.store.advance(session, 'stopping', {
        endReason: ending.reason,
        endedBy: ending.by ?? null,
        failure: ending.failure ?? null,
      });
      if (stopping) return stopping;
    }
    throw new Problem('kernel.busy', { logContext: { sessionId } });
  }

  private async markOver(session: Session, peakMiB: number | null): Promise<Session> {
    const failed = session.endReason !== null && FAILURES.includes(session.endReason);
    const over = await this.store.advance(
      session,
      failed ? 'failed' : 'ended',
      { endedAt: this.clock.instant(), unverified: false, peakMiB },
      (manager) => this.record(manager, session, failed),
    );
    return over ?? this.store.get(session.id);
  }

  private record(manager: EntityManager, session: Session, failed: boolean): Promise<void> {
    return this.audit.record(manager, {
      action: session.endReason === 'ended-by-admin' ? 'admin.session-ended' : 'session.ended',
      agent: session.endedBy ?? SYSTEM_AGENT,
      patientId: recordOf(session),
      outcome: failed ? 'failed' : 'success',
      entities: [{ kind: 'session', id: session.id, label: session.title }],
      details: {
        reason: session.endReason ?? 'stopped',
        ...(session.failure ? { failure: session.failure } : {}),
      },
    });
  }

  private async cut(sessionId: string, reason: EndReason | null): Promise<void> {
    const told: ProblemCode =
      reason === 'time-up' || reason === 'idle' ? 'sessions.time-up' : 'sessions.ended';
    try {
      await withDeadline(CUT_MS, 'kernel.busy', () =>
        this.connections.cut({ sessionIds: [sessionId], reason: told }),
      );
    } catch (error) {
      // Its guacd goes next, and no stream outlives that.
      this.logger.warn({ sessionId, code: Problem.from(error).code }, 'the gateway did not cut in time');
    }
  }
}
