import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { AuditService, type AuditAgent, type AuditEntityRef } from '@vitrine/audit';
import { agentOf } from '@vitrine/identity';
import { Clock, hashSecret, later, newId, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { DepositCode } from './deposit-code.entity.js';
import { newHumanCode, readHumanCode } from './human-code.js';
import type { Owner } from './share-links.service.js';

export interface DepositCodeDraft {
  readonly label: string;
  readonly expiresInDays: number;
  readonly maximumUses: number;
}

export type DepositCodeState = 'active' | 'used-up' | 'expired' | 'revoked';

const DAY_MS = 24 * 60 * 60_000;
export const LONGEST_DEPOSIT_CODE_DAYS = 365;

/** What a code is now. */
export function depositCodeState(
  code: Pick<DepositCode, 'revokedAt' | 'expiresAt' | 'uses' | 'maximumUses'>,
  now: string,
): DepositCodeState {
  if (code.revokedAt !== null) return 'revoked';
  if (code.expiresAt <= now) return 'expired';
  return code.uses >= code.maximumUses ? 'used-up' : 'active';
}

/** Codes by which a provider may put something into a patient's record: made, checked, used and ended. */
@Injectable()
export class DepositCodes {
  constructor(
    @InjectRepository(DepositCode) private readonly codes: Repository<DepositCode>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The code is returned this once; only its hash is kept. */
  async create(
    owner: Owner,
    draft: DepositCodeDraft,
  ): Promise<{ code: DepositCode; secret: string; url: string }> {
    const { label, expiresInDays, maximumUses } = draft;
    if (expiresInDays < 1 || expiresInDays > LONGEST_DEPOSIT_CODE_DAYS || maximumUses < 1)
      throw new Problem('kernel.invalid');
    const secret = newHumanCode();
    const createdAt = this.clock.instant();
    const code = this.codes.create({
      id: newId(),
      secretHash: hashSecret(secret),
      patientId: owner.patient.id,
      label,
      maximumUses,
      uses: 0,
      createdAt,
      expiresAt: later(createdAt, expiresInDays * DAY_MS),
      revokedAt: null,
    });
    await this.transactor.run(async (manager) => {
      await manager.insert(DepositCode, code);
      await this.audit.record(manager, {
        action: 'deposit-code.made',
        agent: agentOf(owner.account),
        patientId: owner.patient.id,
        entities: [codeEntity(code)],
        details: { expiresAt: code.expiresAt, maximumUses },
      });
    });
    return { code, secret, url: `${this.settings.publicUrl}/deposit#${secret}` };
  }

  ofPatient(patientId: string): Promise<DepositCode[]> {
    return this.codes.find({ where: { patientId }, order: { createdAt: 'DESC' } });
  }

  /** The code that was typed, if it lets something in now. Every other answer is the same one. */
  async check(agent: AuditAgent, typed: string): Promise<DepositCode> {
    const result = await this.transactor.run((manager) => this.find(manager, agent, typed));
    if (result instanceof Problem) throw result;
    return result;
  }

  /**
   * Counts one use within the transaction that starts the import, so that each import uses a code once. Throws what
   * `check` throws, which undoes that transaction.
   */
  async use(manager: EntityManager, agent: AuditAgent, typed: string): Promise<DepositCode> {
    const code = await this.find(manager, agent, typed);
    if (code instanceof Problem) throw code;
    code.uses += 1;
    await manager.update(DepositCode, code.id, { uses: code.uses });
    return code;
  }

  /** Ends a code: imports that it let in stay, new ones are refused. Ending it again changes nothing. */
  revoke(owner: Owner, codeId: string): Promise<DepositCode> {
    return this.transactor.run(async (manager) => {
      const code = await manager.findOneBy(DepositCode, { id: codeId, patientId: owner.patient.id });
      if (!code) throw new Problem('delegation.not-visible');
      if (code.revokedAt !== null) return code;
      code.revokedAt = this.clock.instant();
      await manager.update(DepositCode, codeId, { revokedAt: code.revokedAt });
      await this.audit.record(manager, {
        action: 'deposit-code.revoked',
        agent: agentOf(owner.account),
        patientId: code.patientId,
        entities: [codeEntity(code)],
        details: { uses: code.uses },
      });
      return code;
    });
  }

  private async find(
    manager: EntityManager,
    agent: AuditAgent,
    typed: string,
  ): Promise<DepositCode | Problem> {
    const secret = readHumanCode(typed);
    const code = secret && (await manager.findOneBy(DepositCode, { secretHash: hashSecret(secret) }));
    if (!code) return new Problem('delegation.deposit-code-unusable');
    const state = depositCodeState(code, this.clock.instant());
    if (state === 'active') return code;
    await this.audit.record(manager, {
      action: 'deposit-code.refused',
      outcome: 'refused',
      agent,
      patientId: code.patientId,
      entities: [codeEntity(code)],
      details: { reason: state },
    });
    return new Problem('delegation.deposit-code-unusable');
  }
}

const codeEntity = (code: DepositCode): AuditEntityRef => ({
  kind: 'deposit-code',
  id: code.id,
  label: code.label,
});
