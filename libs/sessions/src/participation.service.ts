import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, Repository, type EntityManager } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import { Clock, type ProblemCode } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Participation } from './participation.entity.js';
import { recordOf, Session } from './session.entity.js';

/** Why a tunnel ended: by its own person, by a failure's code, or because the gateway was started anew. */
export type LeaveReason = ProblemCode | 'closed-by-browser' | 'gateway-restarted';

/** Keeps the record of who looks and who steers. Only the process that holds the tunnels writes with it. */
@Injectable()
export class ParticipationService {
  constructor(
    @InjectRepository(Participation) private readonly participations: Repository<Participation>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** Marks a tunnel as over. Idempotent: only the first call leaves a line. */
  leave(participationId: string, reason: LeaveReason): Promise<void> {
    return this.transactor.run((manager) => this.markLeft(manager, participationId, reason));
  }

  /** For the start of the process that holds the tunnels: none of an earlier run is open any more. */
  async leaveAll(): Promise<number> {
    const open = await this.participations.findBy({ leftAt: IsNull() });
    if (open.length === 0) return 0;
    await this.transactor.run(async (manager) => {
      for (const { id } of open) await this.markLeft(manager, id, 'gateway-restarted');
    });
    return open.length;
  }

  /** Somebody who may steer used key, mouse or touch. Keeps the session from ending as idle. */
  async touched(sessionId: string): Promise<void> {
    const now = this.clock.instant();
    await this.transactor.run((manager) =>
      manager.update(Session, { id: sessionId, lastInputAt: LessThan(now) }, { lastInputAt: now }),
    );
  }

  private async markLeft(manager: EntityManager, id: string, reason: LeaveReason): Promise<void> {
    const { affected } = await manager.update(
      Participation,
      { id, leftAt: IsNull() },
      { leftAt: this.clock.instant() },
    );
    if (affected !== 1) return;
    const { participant, sessionId } = await manager.findOneByOrFail(Participation, { id });
    const session = await manager.findOneBy(Session, { id: sessionId });
    await this.audit.record(manager, {
      action: 'session.left',
      agent: { kind: participant.kind, id: participant.id, name: participant.name },
      patientId: session && recordOf(session),
      entities: [
        { kind: 'session', id: sessionId, ...(session && { label: session.title }) },
        ...(participant.linkId === undefined ? [] : [{ kind: 'link' as const, id: participant.linkId }]),
      ],
      details: { reason, participationId: id },
    });
  }
}
