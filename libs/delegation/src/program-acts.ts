import { Injectable } from '@nestjs/common';
import { AuditService, type AuditAction, type AuditEntityRef } from '@vitrine/audit';
import { agentOf } from '@vitrine/identity';
import { Clock } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import type { KnownProgram } from './access-tokens.service.js';

// A viewer fetches a study in a thousand requests, which are one act to whoever reads the lines.
const ONE_ACT_MS = 15 * 60_000;
// What is longest ago is forgotten first; forgetting costs a line more and never one less.
const REMEMBERED = 10_000;

/** Writes down what programs do: the same act on the same thing once in 15 minutes, before anything is answered. */
@Injectable()
export class ProgramActs {
  private readonly noted = new Map<string, number>();

  constructor(
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async note(
    { token, account }: KnownProgram,
    action: AuditAction & ('record.searched' | 'record.read' | 'drive.read' | 'drive.changed'),
    entities: readonly AuditEntityRef[] = [],
  ): Promise<void> {
    const fresh = entities.filter(({ id }) => this.isNew(`${token.id} ${action} ${id}`));
    if (entities.length === 0 ? !this.isNew(`${token.id} ${action}`) : fresh.length === 0) return;
    try {
      await this.transactor.run((manager) =>
        this.audit.record(manager, {
          action,
          agent: agentOf(account),
          patientId: token.patientId,
          entities: [...fresh, { kind: 'access-token', id: token.id }],
          details: { program: token.label },
        }),
      );
    } catch (error) {
      this.noted.clear();
      throw error;
    }
  }

  private isNew(key: string): boolean {
    const now = this.clock.now().getTime();
    const before = this.noted.get(key);
    if (before !== undefined && now - before < ONE_ACT_MS) return false;
    this.noted.delete(key);
    this.noted.set(key, now);
    const oldest = this.noted.keys().next().value;
    if (this.noted.size > REMEMBERED && oldest !== undefined) this.noted.delete(oldest);
    return true;
  }
}
