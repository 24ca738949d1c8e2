import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository, type EntityManager } from 'typeorm';
import { Clock } from '@vitrine/kernel';
import { AuditEvent, type AuditAgent, type AuditEntityRef } from './audit-event.entity.js';
import type { AuditAction, AuditOutcome } from './audit-codes.js';
import { asOneAct } from './burst.js';

export interface AuditEntry {
  readonly action: AuditAction;
  readonly agent: AuditAgent;
  readonly patientId: string | null;
  readonly outcome?: AuditOutcome;
  readonly entities?: readonly AuditEntityRef[];
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export const SYSTEM_AGENT: AuditAgent = { kind: 'system', id: 'vitrine', name: 'Vitrine' };

const LINES_AT_ONCE = 200;

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

  /**
   * The acts that concern one patient, latest first, at most `limit`; `before` is the sequence of the last one already
   * seen. What a program adds image by image is told as one act (`asOneAct`); its lines stay as they are.
   */
  async ofPatient(patientId: string, limit: number, before?: number): Promise<AuditEvent[]> {
    const acts: AuditEvent[] = [];
    let from = before;
    for (;;) {
      const lines = await this.linesOf(patientId, from);
      for (const line of lines) {
        const last = acts.at(-1);
        const both = last && asOneAct(last, line);
        if (both) acts[acts.length - 1] = both;
        // Only now is it known that nothing belongs to the last one any more.
        else if (acts.length === limit) return acts;
        else acts.push(line);
      }
      if (lines.length < LINES_AT_ONCE) return acts;
      from = lines.at(-1)?.sequence;
    }
  }

  private linesOf(patientId: string, before?: number): Promise<AuditEvent[]> {
    return this.events.find({
      where: { patientId, ...(before === undefined ? {} : { sequence: LessThan(before) }) },
      order: { sequence: 'DESC' },
      take: LINES_AT_ONCE,
    });
  }
}
