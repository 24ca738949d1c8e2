import { AuditEvent, AuditService, SYSTEM_AGENT } from '@vitrine/audit';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { Account } from '../src/account.entity.js';
import { Accounts } from '../src/accounts.service.js';
import { PasswordHasher } from '../src/password-hasher.js';
import { Passwords } from '../src/passwords.service.js';
import { Patient } from '../src/patient.entity.js';
import type { Role } from '../src/roles.js';
import { SignIn } from '../src/sign-in.entity.js';
import { SignIns } from '../src/sign-ins.service.js';

export const IDENTITY_ENTITIES = [Account, Patient, SignIn, AuditEvent];

/** People on a real database, with a clock that stands still. */
export interface TestPeople {
  readonly database: TestDatabase;
  readonly clock: FakeClock;
  readonly audit: AuditService;
  readonly hasher: PasswordHasher;
  readonly accounts: Accounts;
  readonly signIns: SignIns;
  readonly passwords: Passwords;
  /** A patient with account and record; names are free to be the same. */
  patient(name?: string): Promise<{ account: Account; patient: Patient }>;
  account(role: Role, name?: string): Promise<Account>;
  /** All lines of the record of acts, first one first. */
  lines(): Promise<AuditEvent[]>;
}

export async function testPeople(...moreEntities: Function[]): Promise<TestPeople> {
  const database = await testDatabase([...IDENTITY_ENTITIES, ...moreEntities]);
  const { dataSource, transactor } = database;
  const clock = new FakeClock();
  const audit = new AuditService(dataSource.getRepository(AuditEvent), clock);
  const hasher = new PasswordHasher();
  const accountRows = dataSource.getRepository(Account);
  const patientRows = dataSource.getRepository(Patient);
  const signInRows = dataSource.getRepository(SignIn);
  const accounts = new Accounts(accountRows, patientRows, transactor, audit, hasher, clock);
  const signIns = new SignIns(signInRows, accountRows, patientRows, transactor, audit, clock);
  const passwords = new Passwords(accountRows, transactor, audit, hasher, signIns, clock);
  let made = 0;
  const account = async (role: Role, name = 'Kim Example') =>
    (await accounts.create(SYSTEM_AGENT, { name, role, email: `person${++made}@example.org` })).account;
  return {
    database,
    clock,
    audit,
    hasher,
    accounts,
    signIns,
    passwords,
    account,
    patient: async (name) => {
      const owner = await account('patient', name);
      return { account: owner, patient: await patientRows.findOneByOrFail({ accountId: owner.id }) };
    },
    lines: () => dataSource.getRepository(AuditEvent).find({ order: { sequence: 'ASC' } }),
  };
}
