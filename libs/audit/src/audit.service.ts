import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository, type EntityManager } from 'typeorm';
import { Clock } from '@vitrine/kernel';
import { AuditEvent, type AuditAgent, type AuditEntityRef } from './audit-event.entity.js';
import type { AuditAction, AuditOutcome } from './audit-codes.js';

export interface AuditEntry {
  readonly action: AuditAction;
  readonly agent: AuditAgent;
  readonly patientId: string | null;
  readonly outcome?: AuditOutcome;
  readonly entities?: readonly AuditEntityRef[];
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export const SYSTEM_AGENT: AuditAgent = { kind: 'system', id: 'vitrine', name: 'Vitrine' };

@Injectable()
export class AuditService {
  constructor(
    @InjectRepository(AuditEvent) private readonly events: Repository<AuditEvent>,
    private readonly clock: Clock,
  ) {}

  /** Adds the line within the transaction of the act itself: either both are stored or neither. */
  async record(manager: EntityManager, entry: AuditEntry): Promise<void> {
    await manager.insert(AuditEvent, {
      at: this.clock.instant(),
      patientId: entry.patientId,
      action: entry.action,
      outcome: entry.outcome ?? 'success',
      agent: { ...entry.agent },
      entities: [...(entry.entities ?? [])],
      details: { ...entry.details },
    });
  }

  /** The acts that concern one patient, latest first; `before` is the sequence of the last one already seen. */
  ofPatient(patientId: string, limit: number, before?: number): Promise<AuditEvent[]> {
    return this.events.find({
      where: { patientId, ...(before === undefined ? {} : { sequence: LessThan(before) }) },
      order: { sequence: 'DESC' },
      take: limit,
    });
  }
}
