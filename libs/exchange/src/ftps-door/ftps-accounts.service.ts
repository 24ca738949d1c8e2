import { randomInt } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository, type EntityManager } from 'typeorm';
import { AuditService, type AuditAction } from '@vitrine/audit';
import { Account, agentOf } from '@vitrine/identity';
import { Clock, hashSecret, newId, newSecret, Problem, sameHash } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { FtpsAccount } from './ftps-account.entity.js';

// A sender may log in for every file; that it did is written down now and then only.
const USED_STEP_MS = 60_000;
const SIGNS = '0123456789abcdefghjkmnpqrstvwxyz';

/** A login that was let in, and for whom. */
export interface KnownFtpsAccount {
  readonly ftps: FtpsAccount;
  readonly account: Account;
}

/** Logins for the FTPS drop: made, recognised and ended. */
@Injectable()
export class FtpsAccounts {
  constructor(
    @InjectRepository(FtpsAccount) private readonly logins: Repository<FtpsAccount>,
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** The password is returned this once; only its hash is kept. What was made before ends with it. */
  async make(account: Account): Promise<{ ftps: FtpsAccount; password: string }> {
    const password = newSecret();
    const ftps: FtpsAccount = {
      id: newId(),
      accountId: account.id,
      userName: newUserName(),
      secretHash: hashSecret(password),
      createdAt: this.clock.instant(),
      lastUsedAt: null,
    };
    await this.transactor.run(async (manager) => {
      await this.end(manager, account);
      await manager.insert(FtpsAccount, ftps);
      await this.record(manager, account, 'ftps-account.made', ftps);
    });
    return { ftps, password };
  }

  ofAccount(accountId: string): Promise<FtpsAccount | null> {
    return this.logins.findOneBy({ accountId });
  }

  /** From now on nothing is taken by it; what it sent stays. */
  async revoke(account: Account): Promise<void> {
    await this.transactor.run(async (manager) => {
      if (!(await this.end(manager, account))) throw new Problem('delegation.not-visible');
    });
  }

  /** Whose login it is; undefined where it opens nothing. */
  async recognise(userName: string, password: string): Promise<KnownFtpsAccount | undefined> {
    const ftps = await this.logins.findOneBy({ userName });
    // Compared also where there is none, so that the time tells nothing.
    if (!sameHash(hashSecret(password), ftps?.secretHash ?? hashSecret('')) || ftps === null)
      return undefined;
    const account = await this.accounts.findOneBy({
      id: ftps.accountId,
      role: 'provider',
      disabledAt: IsNull(),
    });
    if (account === null) return undefined;
    if (ftps.lastUsedAt === null || ftps.lastUsedAt <= this.clock.inMs(-USED_STEP_MS)) {
      const lastUsedAt = this.clock.instant();
      await this.transactor.run((manager) => manager.update(FtpsAccount, ftps.id, { lastUsedAt }));
    }
    return { ftps, account };
  }

  /** False once it was ended, replaced, or its provider was shut out. Asked for each file. */
  async stands({ ftps, account }: KnownFtpsAccount): Promise<boolean> {
    return (
      (await this.logins.existsBy({ id: ftps.id })) &&
      (await this.accounts.existsBy({ id: account.id, role: 'provider', disabledAt: IsNull() }))
    );
  }

  private async end(manager: EntityManager, account: Account): Promise<boolean> {
    const old = await manager.findOneBy(FtpsAccount, { accountId: account.id });
    if (old === null) return false;
    await manager.delete(FtpsAccount, { id: old.id });
    await this.record(manager, account, 'ftps-account.revoked', old);
    return true;
  }

  private record(
    manager: EntityManager,
    account: Account,
    action: AuditAction,
    { id, userName }: FtpsAccount,
  ): Promise<unknown> {
    return this.audit.record(manager, {
      action,
      agent: agentOf(account),
      patientId: null,
      entities: [{ kind: 'ftps-account', id, label: userName }],
    });
  }
}

/** Something to tell logins apart by, and no secret: `drop-7k3mq9tx`. */
const newUserName = (): string =>
  `drop-${Array.from({ length: 8 }, () => SIGNS[randomInt(SIGNS.length)]).join('')}`;
