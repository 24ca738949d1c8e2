import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditService, SYSTEM_AGENT } from '@vitrine/audit';
import { Clock, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Account } from './account.entity.js';
import { agentOf } from './accounts.service.js';
import { normaliseEmail } from './email.js';
import { PasswordHasher } from './password-hasher.js';
import { checkPassword, LONGEST_PASSWORD } from './password-rules.js';
import { Patient } from './patient.entity.js';
import { SignIns, type KnownSignIn } from './sign-ins.service.js';
import { countTry, REST_MS, UnknownAddresses } from './try-counter.js';

/** Proof by password: checked, counted and replaced. */
@Injectable()
export class Passwords {
  private readonly unknown = new UnknownAddresses();

  constructor(
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly hasher: PasswordHasher,
    private readonly signIns: SignIns,
    private readonly clock: Clock,
  ) {}

  /**
   * The account whose e-mail and password these are. An address without an account takes as long, rests after as
   * many tries and is told the same words as a wrong password.
   */
  async authenticate(email: string, password: string): Promise<Account> {
    if (password.length > LONGEST_PASSWORD) throw new Problem('identity.wrong-credentials');
    const address = normaliseEmail(email);
    const account = await this.accounts.findOneBy({ email: address });
    if (!account || account.disabledAt !== null) {
      if (!this.unknown.countTry(address, this.clock.instant(), this.clock.inMs(REST_MS)))
        throw new Problem('identity.locked');
      await this.hasher.verifyNothing(password);
      throw new Problem('identity.wrong-credentials');
    }
    await this.verifyCounted(account.id, password);
    return account;
  }

  /** Replaces the password of somebody who is signed in and ends the account's other sign-ins. */
  async change({ account, patient, signIn }: KnownSignIn, current: string, next: string): Promise<void> {
    await this.verifyCounted(account.id, current);
    checkPassword(next, account);
    if (next === current) throw new Problem('identity.weak-password', { message: SAME_PASSWORD });
    const passwordHash = await this.hasher.hash(next);
    await this.transactor.run(async (manager) => {
      await manager.update(Account, account.id, {
        passwordHash,
        mustChangePassword: false,
        wrongPasswords: 0,
        lockedUntil: null,
      });
      const ended = await this.signIns.endOthers(manager, account.id, signIn.id);
      await this.audit.record(manager, {
        action: 'account.changed',
        agent: agentOf(account),
        patientId: patient?.id ?? null,
        entities: [{ kind: 'account', id: account.id, label: account.name }],
        details: { what: 'password', endedSignIns: ended },
      });
    });
  }

  /** Throws unless this is the password of somebody who is signed in; a wrong one counts as at the sign-in. */
  prove(accountId: string, password: string): Promise<void> {
    return this.verifyCounted(accountId, password);
  }

  private async verifyCounted(accountId: string, password: string): Promise<void> {
    const passwordHash = await this.count(accountId);
    if (passwordHash === null) throw new Problem('identity.locked');
    if (await this.hasher.verify(passwordHash, password)) return;
    await this.recordRefusal(accountId);
    throw new Problem('identity.wrong-credentials');
  }

  /** Returns the hash to check against, or null while the account rests. */
  private count(accountId: string): Promise<string | null> {
    return this.transactor.run(async (manager) => {
      const account = await manager.findOneByOrFail(Account, { id: accountId });
      const counted = countTry(account, this.clock.instant(), this.clock.inMs(REST_MS));
      if (counted === null) return null;
      await manager.update(Account, accountId, counted);
      return account.passwordHash;
    });
  }

  /** The owner reads of it. Who tried is not known, so the line names the system. */
  private recordRefusal(accountId: string): Promise<void> {
    return this.transactor.run(async (manager) => {
      const account = await manager.findOneByOrFail(Account, { id: accountId });
      const patient = await manager.findOneBy(Patient, { accountId });
      await this.audit.record(manager, {
        action: 'account.signed-in',
        outcome: 'refused',
        agent: SYSTEM_AGENT,
        patientId: patient?.id ?? null,
        entities: [{ kind: 'account', id: account.id, label: account.name }],
        details: { reason: 'wrong-password', locked: account.lockedUntil !== null },
      });
    });
  }
}

const SAME_PASSWORD = 'This is the password that you already have. Please choose a new one.';
