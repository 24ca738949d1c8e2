import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { AuditService, SYSTEM_AGENT, type AuditAgent } from '@vitrine/audit';
import { Clock, newId, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { Account } from './account.entity.js';
import { normaliseEmail } from './email.js';
import { newOneTimePassword } from './one-time-password.js';
import { PasswordHasher } from './password-hasher.js';
import { checkPassword } from './password-rules.js';
import { Patient } from './patient.entity.js';
import type { Role } from './roles.js';

export interface NewPatient {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** `YYYY-MM-DD` */
  readonly birthDate?: string | undefined;
}

export interface AccountDraft {
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly organisation?: string | undefined;
  readonly birthDate?: string | undefined;
}

export interface ProfileChange {
  readonly name?: string | undefined;
  /** Empty takes it away. */
  readonly birthDate?: string | undefined;
}

/** As the audit names somebody with an account. */
export const agentOf = (account: Pick<Account, 'id' | 'name'>): AuditAgent => ({
  kind: 'account',
  id: account.id,
  name: account.name,
});

const FIRST_ADMIN: AccountDraft = { name: 'Administrator', email: 'admin@vitrine.local', role: 'admin' };

/** Who there is. How somebody proves to be one of them is for SignIns. */
@Injectable()
export class Accounts {
  constructor(
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    @InjectRepository(Patient) private readonly patients: Repository<Patient>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
  ) {}

  /** Makes a patient's account with an empty record. */
  async signUp({ password, ...person }: NewPatient): Promise<Account> {
    checkPassword(password, person);
    const passwordHash = await this.hasher.hash(password);
    return this.transactor.run(async (manager) => {
      const account = await this.insert(manager, { ...person, role: 'patient' }, passwordHash, false);
      await this.audit.record(manager, {
        action: 'account.signed-up',
        agent: agentOf(account),
        patientId: await this.patientIdOf(manager, account),
        entities: [entityOf(account)],
      });
      return account;
    });
  }

  /** Makes an account for somebody else. The password is returned once and has to be replaced at the first sign-in. */
  async create(
    agent: AuditAgent,
    draft: AccountDraft,
  ): Promise<{ account: Account; oneTimePassword: string }> {
    const oneTimePassword = newOneTimePassword();
    const passwordHash = await this.hasher.hash(oneTimePassword);
    const account = await this.transactor.run((manager) =>
      this.createWith(manager, agent, draft, passwordHash),
    );
    return { account, oneTimePassword };
  }

  /**
   * Makes the first admin if there is none. Returns a password as long as nobody has signed in with one and chosen their
   * own, so that a lost one locks nobody out; null afterwards. Called at every start.
   */
  async ensureFirstAdmin(): Promise<{ email: string; oneTimePassword: string } | null> {
    if (await this.accounts.existsBy({ role: 'admin' })) {
      const renewed = await this.renewOneTimePassword(FIRST_ADMIN.email);
      return renewed === null ? null : { email: FIRST_ADMIN.email, oneTimePassword: renewed };
    }
    const oneTimePassword = newOneTimePassword();
    const passwordHash = await this.hasher.hash(oneTimePassword);
    return this.transactor.run(async (manager) => {
      if (await manager.existsBy(Account, { role: 'admin' })) return null;
      const { email } = await this.createWith(manager, SYSTEM_AGENT, FIRST_ADMIN, passwordHash);
      return { email, oneTimePassword };
    });
  }

  /**
   * A new one-time password for somebody who has not replaced the first one yet, and so may have lost it. Null when
   * there is no such account, or its password is the person's own by now.
   */
  async renewOneTimePassword(email: string): Promise<string | null> {
    const oneTimePassword = newOneTimePassword();
    const passwordHash = await this.hasher.hash(oneTimePassword);
    return this.transactor.run(async (manager) => {
      const waiting = { email: normaliseEmail(email), mustChangePassword: true };
      const { affected } = await manager.update(Account, waiting, {
        passwordHash,
        wrongPasswords: 0,
        lockedUntil: null,
      });
      return affected === 1 ? oneTimePassword : null;
    });
  }

  /** A name is also how others see the person: the record's name follows. */
  changeProfile(accountId: string, change: ProfileChange): Promise<Account> {
    return this.transactor.run(async (manager) => {
      const account = await manager.findOneByOrFail(Account, { id: accountId });
      const patient = await manager.findOneBy(Patient, { accountId });
      const changed: string[] = [];
      if (change.name !== undefined && change.name !== account.name) {
        account.name = change.name;
        if (patient) patient.name = change.name;
        changed.push('name');
      }
      if (change.birthDate !== undefined && patient && change.birthDate !== (patient.birthDate ?? '')) {
        patient.birthDate = change.birthDate === '' ? null : change.birthDate;
        changed.push('birth date');
      }
      if (changed.length === 0) return account;
      await manager.save([account, ...(patient ? [patient] : [])]);
      await this.audit.record(manager, {
        action: 'account.changed',
        agent: agentOf(account),
        patientId: patient?.id ?? null,
        entities: [entityOf(account)],
        details: { what: changed.join(', ') },
      });
      return account;
    });
  }

  patientOf(accountId: string): Promise<Patient | null> {
    return this.patients.findOneBy({ accountId });
  }

  patientById(id: string): Promise<Patient | null> {
    return this.patients.findOneBy({ id });
  }

  /** For admins: everybody, by name. */
  list(): Promise<Account[]> {
    return this.accounts.find({ order: { name: 'ASC', createdAt: 'ASC' } });
  }

  private async createWith(
    manager: EntityManager,
    agent: AuditAgent,
    draft: AccountDraft,
    passwordHash: string,
  ): Promise<Account> {
    const account = await this.insert(manager, draft, passwordHash, true);
    await this.audit.record(manager, {
      action: 'account.created-by-admin',
      agent,
      patientId: await this.patientIdOf(manager, account),
      entities: [entityOf(account)],
      details: { role: account.role },
    });
    return account;
  }

  private async insert(
    manager: EntityManager,
    draft: AccountDraft,
    passwordHash: string,
    mustChangePassword: boolean,
  ): Promise<Account> {
    const email = normaliseEmail(draft.email);
    if (await manager.existsBy(Account, { email })) throw new Problem('identity.email-taken');
    const createdAt = this.clock.instant();
    const account = manager.create(Account, {
      id: newId(),
      email,
      name: draft.name,
      role: draft.role,
      organisation: draft.organisation ?? null,
      passwordHash,
      mustChangePassword,
      wrongPasswords: 0,
      lockedUntil: null,
      disabledAt: null,
      createdAt,
    });
    await manager.insert(Account, account);
    if (draft.role === 'patient')
      await manager.insert(Patient, {
        id: newId(),
        accountId: account.id,
        name: draft.name,
        birthDate: draft.birthDate ?? null,
        createdAt,
      });
    return account;
  }

  private async patientIdOf(manager: EntityManager, account: Account): Promise<string | null> {
    return (await manager.findOneBy(Patient, { accountId: account.id }))?.id ?? null;
  }
}

const entityOf = (account: Account) => ({ kind: 'account', id: account.id, label: account.name }) as const;
