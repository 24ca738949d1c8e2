import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, type EntityManager } from 'typeorm';
import { AuditEvent, AuditService } from '@vitrine/audit';
import { Grant, ShareLink } from '@vitrine/delegation';
import { DicomInbox, ImportsService } from '@vitrine/exchange';
import { Account, Passwords, Patient, SignIn, type KnownSignIn } from '@vitrine/identity';
import { LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { RecordsService } from '@vitrine/records';
import { LiveConnections, Session, SessionService } from '@vitrine/sessions';
import { Blob, BlobCheck, PartitionKey, PatientKey, VaultService } from '@vitrine/vault';

/** Tables that name a patient and are not simply emptied: each has its own place below. */
const APART: readonly Function[] = [AuditEvent, Blob, BlobCheck, PartitionKey, PatientKey, Session];

/**
 * Removes an account and, with a patient's, everything that was kept for it. First all rows go, in one transaction:
 * from then on nobody gets in, whatever happens. Then what runs is ended and the bytes are removed; what an end without
 * warning leaves of that, the next start removes.
 *
 * Lines of the record of acts stay, since the database refuses to change them. The last one bears no name.
 */
@Injectable()
export class AccountRemoval implements OnApplicationBootstrap {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly transactor: Transactor,
    private readonly passwords: Passwords,
    private readonly records: RecordsService,
    private readonly vault: VaultService,
    private readonly imports: ImportsService,
    private readonly inbox: DicomInbox,
    private readonly sessions: SessionService,
    private readonly connections: LiveConnections,
    private readonly audit: AuditService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Takes up what an end without warning left of a removal. */
  async onApplicationBootstrap(): Promise<void> {
    // A build of the studio is no patient's but an admin's, whose account is still there.
    const gone = await this.database.query<{ patientId: string }[]>(
      'SELECT DISTINCT "patientId" FROM "session" WHERE "patientId" NOT IN (SELECT "id" FROM "patient") AND "patientId" NOT IN (SELECT "id" FROM "account")',
    );
    for (const { patientId } of gone) await this.sessions.forgetPatient(patientId);
  }

  /**
   * Throws what a wrong password throws at the sign-in, and counts it. An admin's account is not removed: there would be
   * nobody left to let others in.
   */
  async remove({ account, patient }: KnownSignIn, password: string): Promise<void> {
    if (account.role === 'admin') throw new Problem('identity.not-allowed');
    await this.passwords.prove(account.id, password);
    const { importIds, grantIds, studyIds } = await this.transactor.run(async (manager) => {
      const left = patient ? await this.forget(manager, patient.id) : { importIds: [], grantIds: [] };
      const studyIds = await this.inbox.forgetAccount(manager, account.id);
      await manager.delete(SignIn, { accountId: account.id });
      await manager.delete(Account, { id: account.id });
      await this.audit.record(manager, {
        action: 'account.deleted',
        agent: { kind: 'account', id: account.id, name: '' },
        patientId: patient?.id ?? null,
        entities: [{ kind: 'account', id: account.id }],
      });
      return { ...left, studyIds };
    });
    await this.cut([account.id, ...grantIds]);
    await this.inbox.discard(account.id, studyIds);
    if (!patient) return;
    await this.sessions.forgetPatient(patient.id);
    await this.imports.discard(importIds);
    await this.vault.erasePatient(patient.id);
  }

  private async forget(
    manager: EntityManager,
    patientId: string,
  ): Promise<{ importIds: string[]; grantIds: string[] }> {
    const links = await manager.find(ShareLink, { select: { id: true }, where: { patientId } });
    const linkIds = links.map(({ id }) => id);
    const grants = await manager.find(Grant, { select: { id: true }, where: { linkId: In(linkIds) } });
    await manager.delete(Grant, { linkId: In(linkIds) });
    const importIds = await this.imports.forgetPatient(manager, patientId);
    await this.records.forgetPatient(manager, patientId);
    await this.vault.forgetPatient(manager, patientId);
    // Whatever else names the patient, also what is added to the product later.
    for (const { target, columns } of this.database.entityMetadatas)
      if (typeof target === 'function' && !APART.includes(target) && columns.some(isPatientId))
        await manager.delete(target, { patientId });
    await manager.delete(Patient, { id: patientId });
    return { importIds, grantIds: grants.map(({ id }) => id) };
  }

  private async cut(participantIds: readonly string[]): Promise<void> {
    try {
      await this.connections.cut({ participantIds: [...participantIds], reason: 'sessions.ended' });
    } catch (error) {
      // Nobody of them gets a ticket any more, and the guests behind the displays are ended next.
      this.logger.warn({ code: Problem.from(error).code }, 'displays of a removed account may still be open');
    }
  }
}

const isPatientId = ({ propertyName }: { readonly propertyName: string }): boolean =>
  propertyName === 'patientId';
