import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import { Transactor } from '@vitrine/persistence';
import { isEgressOpen, lineOf } from './egress.js';
import { Session } from './session.entity.js';

/** What passed between a guest and one computer outside. */
export interface EgressSum {
  readonly target: string;
  /** Connections. */
  readonly allowed: number;
  readonly refused: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** For the process that carries the bytes: which sessions have a way out, and the record of what goes there. */
@Injectable()
export class EgressRecord {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
  ) {}

  /** Sessions that people look at and that may speak with somebody. */
  async open(): Promise<Session[]> {
    const ready = await this.sessions.findBy({ state: 'ready', egressClosedAt: IsNull() });
    return ready.filter(isEgressOpen);
  }

  /** One computer is spoken with for the first time. */
  began(session: Session, target: string): Promise<void> {
    return this.transactor.run((manager) =>
      this.audit.record(manager, { ...lineOf(session), action: 'session.egress-began', details: { target } }),
    );
  }

  /** All that passed, one line for each computer. */
  async ended(session: Session, sums: readonly EgressSum[]): Promise<void> {
    if (sums.length === 0) return;
    await this.transactor.run(async (manager) => {
      for (const sum of sums)
        await this.audit.record(manager, {
          ...lineOf(session),
          action: 'session.egress-ended',
          outcome: sum.allowed === 0 ? 'refused' : 'success',
          details: { ...sum },
        });
    });
  }
}
