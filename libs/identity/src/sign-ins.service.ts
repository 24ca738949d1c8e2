import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, Not, Repository, type EntityManager } from 'typeorm';
import { AuditService, type AuditEntry } from '@vitrine/audit';
import { Clock, hashSecret, newId, newSecret, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Account } from './account.entity.js';
import { agentOf } from './accounts.service.js';
import { Patient } from './patient.entity.js';
import { SignIn } from './sign-in.entity.js';

const IDLE_MS = 12 * 60 * 60_000;
const LONGEST_MS = 14 * 24 * 60 * 60_000;
// Writing the last-seen time with each request would make every read of the portal a write.
const SEEN_STEP_MS = 60_000;
const USER_AGENT_CHARACTERS = 300;

/** What the cookie of a request stands for. */
export interface KnownSignIn {
  readonly account: Account;
  /** Whose record the account keeps; null for everybody but patients. */
  readonly patient: Patient | null;
  readonly signIn: SignIn;
}

/** The secret for the browser's cookie, and until when it is good at the latest. */
export interface NewSignIn {
  readonly account: Account;
  readonly secret: string;
  readonly expiresAt: string;
}

/** The browsers in which people are signed in: made, recognised, listed and ended. */
@Injectable()
export class SignIns {
  constructor(
    @InjectRepository(SignIn) private readonly signIns: Repository<SignIn>,
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    @InjectRepository(Patient) private readonly patients: Repository<Patient>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * Signs an account in that has proved itself (password, sign-up). The sign-in that the browser had before ends, so
   * that a secret that somebody planted there is worth nothing.
   */
  begin(account: Account, userAgent: string, previousSecret?: string): Promise<NewSignIn> {
    const secret = newSecret();
    const expiresAt = this.clock.inMs(LONGEST_MS);
    const now = this.clock.instant();
    return this.transactor.run(async (manager) => {
      await manager.delete(SignIn, { accountId: account.id, expiresAt: LessThan(now) });
      await manager.delete(SignIn, {
        accountId: account.id,
        lastSeenAt: LessThan(this.clock.inMs(-IDLE_MS)),
      });
      if (previousSecret !== undefined)
        await manager.delete(SignIn, { secretHash: hashSecret(previousSecret) });
      await manager.update(Account, account.id, { wrongPasswords: 0, lockedUntil: null });
      await manager.insert(SignIn, {
        id: newId(),
        secretHash: hashSecret(secret),
        accountId: account.id,
        userAgent: userAgent.slice(0, USER_AGENT_CHARACTERS),
        createdAt: now,
        lastSeenAt: now,
        expiresAt,
      });
      await this.record(manager, account, { action: 'account.signed-in' });
      return { account, secret, expiresAt };
    });
  }

  /** Whose secret it is; null when it is nobody's, too old, unused for too long, or the account is disabled. */
  async recognise(secret: string): Promise<KnownSignIn | null> {
    const now = this.clock.instant();
    const signIn = await this.signIns.findOneBy({
      secretHash: hashSecret(secret),
      expiresAt: MoreThan(now),
      lastSeenAt: MoreThan(this.clock.inMs(-IDLE_MS)),
    });
    if (!signIn) return null;
    const account = await this.accounts.findOneBy({ id: signIn.accountId });
    if (!account || account.disabledAt !== null) return null;
    if (signIn.lastSeenAt <= this.clock.inMs(-SEEN_STEP_MS)) {
      await this.transactor.run((manager) => manager.update(SignIn, signIn.id, { lastSeenAt: now }));
      signIn.lastSeenAt = now;
    }
    return { account, signIn, patient: await this.patients.findOneBy({ accountId: account.id }) };
  }

  /** The browsers in which this account is signed in now, last used first. */
  list(accountId: string): Promise<SignIn[]> {
    return this.signIns.find({
      where: {
        accountId,
        expiresAt: MoreThan(this.clock.instant()),
        lastSeenAt: MoreThan(this.clock.inMs(-IDLE_MS)),
      },
      order: { lastSeenAt: 'DESC' },
    });
  }

  /** Ends one sign-in of this account, its own or that of another browser. */
  end(account: Account, signInId: string, ownSignInId: string): Promise<void> {
    return this.transactor.run(async (manager) => {
      const { affected } = await manager.delete(SignIn, { id: signInId, accountId: account.id });
      if (affected !== 1) throw new Problem('delegation.not-visible');
      await this.record(manager, account, {
        action: 'account.signed-out',
        details: { elsewhere: signInId !== ownSignInId },
      });
    });
  }

  /** Within the transaction of a new password: nobody who knew the old one stays in. Returns how many were ended. */
  async endOthers(manager: EntityManager, accountId: string, keepId: string): Promise<number> {
    return (await manager.delete(SignIn, { accountId, id: Not(keepId) })).affected ?? 0;
  }

  private async record(
    manager: EntityManager,
    account: Account,
    entry: Pick<AuditEntry, 'action' | 'details'>,
  ): Promise<void> {
    const patient = await manager.findOneBy(Patient, { accountId: account.id });
    await this.audit.record(manager, {
      ...entry,
      agent: agentOf(account),
      patientId: patient?.id ?? null,
      entities: [{ kind: 'account', id: account.id, label: account.name }],
    });
  }
}
