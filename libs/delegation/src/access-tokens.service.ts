import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Repository, type EntityManager } from 'typeorm';
import { AuditService, type AuditEntityRef } from '@vitrine/audit';
import { Account, agentOf, Patient } from '@vitrine/identity';
import { Clock, hashSecret, newId, newSecret, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { AccessToken, type TokenScope } from './access-token.entity.js';
import { DepositCode } from './deposit-code.entity.js';
import { DepositCodes } from './deposit-codes.service.js';
import type { Owner } from './share-links.service.js';

export interface AccessTokenDraft {
  readonly label: string;
  readonly scope: TokenScope;
  readonly expiresInDays: number;
}

export type AccessTokenState = 'active' | 'expired' | 'revoked';

/** A program that was let in: for whom it acts, and on whose record. */
export interface KnownProgram {
  readonly token: AccessToken;
  readonly account: Account;
  readonly patient: Patient;
}

const DAY_MS = 24 * 60 * 60_000;
export const LONGEST_TOKEN_DAYS = 365;
/** Nobody wants to type it into a television again every year. */
export const LONGEST_DRIVE_DAYS = 3650;
/** More programs than anybody has; without a bound, rows could be made without end. */
const TOKENS_AT_ONCE = 50;
// A program may call a hundred times a second; that it was used is written down now and then only.
const USED_STEP_MS = 60_000;

/** What a token is now, by itself; the deposit code that it was made of can end it too. */
export function accessTokenState(
  token: Pick<AccessToken, 'revokedAt' | 'expiresAt'>,
  now: string,
): AccessTokenState {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt <= now ? 'expired' : 'active';
}

/** Tokens by which a program sends or reads images: made, recognised and ended. */
@Injectable()
export class AccessTokens {
  constructor(
    @InjectRepository(AccessToken) private readonly tokens: Repository<AccessToken>,
    @InjectRepository(DepositCode) private readonly codes: Repository<DepositCode>,
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    @InjectRepository(Patient) private readonly patients: Repository<Patient>,
    private readonly transactor: Transactor,
    private readonly depositCodes: DepositCodes,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** The secret is returned this once; only its hash is kept. */
  async create(owner: Owner, draft: AccessTokenDraft): Promise<{ token: AccessToken; secret: string }> {
    const { label, scope, expiresInDays } = draft;
    const longest = scope.startsWith('drive-') ? LONGEST_DRIVE_DAYS : LONGEST_TOKEN_DAYS;
    if (expiresInDays < 1 || expiresInDays > longest) throw new Problem('kernel.invalid');
    return this.transactor.run((manager) =>
      this.insert(manager, owner.account, {
        patientId: owner.patient.id,
        depositCodeId: null,
        label,
        scope,
        expiresAt: this.clock.inMs(expiresInDays * DAY_MS),
      }),
    );
  }

  /**
   * Makes a token of a deposit code, for a provider's own systems. It uses the code once, however often the token is
   * used then, and is worth nothing as soon as the code has expired or was ended. Throws what `DepositCodes.use` does.
   */
  async createOfDepositCode(
    provider: Account,
    typed: string,
    label: string,
  ): Promise<{ token: AccessToken; secret: string }> {
    // Outside of the transaction, or the line about a refused code would be undone with it.
    await this.depositCodes.check(agentOf(provider), typed);
    return this.transactor.run(async (manager) => {
      const code = await this.depositCodes.use(manager, agentOf(provider), typed);
      return this.insert(manager, provider, {
        patientId: code.patientId,
        depositCodeId: code.id,
        label,
        scope: 'deposit',
        expiresAt: code.expiresAt,
      });
    });
  }

  /** Every token that opens this record, also those of providers; the latest first. */
  ofPatient(patientId: string): Promise<AccessToken[]> {
    return this.tokens.find({ where: { patientId }, order: { createdAt: 'DESC' } });
  }

  /** Ends a token of this record, whoever made it. Ending it again changes nothing. */
  revoke(owner: Owner, tokenId: string): Promise<AccessToken> {
    return this.transactor.run(async (manager) => {
      const token = await manager.findOneBy(AccessToken, { id: tokenId, patientId: owner.patient.id });
      if (!token) throw new Problem('delegation.not-visible');
      if (token.revokedAt !== null) return token;
      token.revokedAt = this.clock.instant();
      await manager.update(AccessToken, tokenId, { revokedAt: token.revokedAt });
      await this.audit.record(manager, {
        action: 'access-token.revoked',
        agent: agentOf(owner.account),
        patientId: token.patientId,
        entities: [tokenEntity(token)],
      });
      return token;
    });
  }

  /** Whose program it is; null when the secret is nobody's or opens nothing any more. */
  async recognise(secret: string): Promise<KnownProgram | null> {
    const now = this.clock.instant();
    const token = await this.tokens.findOneBy({
      secretHash: hashSecret(secret),
      revokedAt: IsNull(),
      expiresAt: MoreThan(now),
    });
    if (!token || !(await this.codeStands(token, now))) return null;
    const account = await this.accounts.findOneBy({ id: token.accountId });
    const patient = await this.patients.findOneBy({ id: token.patientId });
    if (!account || account.disabledAt !== null || !patient) return null;
    if (token.lastUsedAt === null || token.lastUsedAt <= this.clock.inMs(-USED_STEP_MS)) {
      await this.transactor.run((manager) => manager.update(AccessToken, token.id, { lastUsedAt: now }));
      token.lastUsedAt = now;
    }
    return { token, account, patient };
  }

  /** Those of the tokens that are there, for whoever wants to name them. */
  byIds(ids: readonly string[]): Promise<AccessToken[]> {
    return this.tokens.findBy({ id: In([...ids]) });
  }

  private async codeStands({ depositCodeId }: AccessToken, now: string): Promise<boolean> {
    if (depositCodeId === null) return true;
    return this.codes.existsBy({ id: depositCodeId, revokedAt: IsNull(), expiresAt: MoreThan(now) });
  }

  private async insert(
    manager: EntityManager,
    account: Account,
    facts: Pick<AccessToken, 'patientId' | 'depositCodeId' | 'label' | 'scope' | 'expiresAt'>,
  ): Promise<{ token: AccessToken; secret: string }> {
    const now = this.clock.instant();
    const active = { accountId: account.id, revokedAt: IsNull(), expiresAt: MoreThan(now) };
    if ((await manager.countBy(AccessToken, active)) >= TOKENS_AT_ONCE)
      throw new Problem('kernel.too-many-requests');
    const secret = newSecret();
    const token: AccessToken = {
      id: newId(),
      secretHash: hashSecret(secret),
      accountId: account.id,
      createdAt: now,
      revokedAt: null,
      lastUsedAt: null,
      ...facts,
    };
    await manager.insert(AccessToken, token);
    await this.audit.record(manager, {
      action: 'access-token.made',
      agent: agentOf(account),
      patientId: token.patientId,
      entities: [tokenEntity(token)],
      details: { scope: token.scope, expiresAt: token.expiresAt },
    });
    return { token, secret };
  }
}

export const tokenEntity = (token: AccessToken): AuditEntityRef => ({
  kind: 'access-token',
  id: token.id,
  label: token.label,
});
