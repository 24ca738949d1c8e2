import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { AuditEvent } from '@vitrine/audit';
import { DicomInbox, DicomNode, ImportsService } from '@vitrine/exchange';
import { Account, Patient } from '@vitrine/identity';
import { newId, SETTINGS, type Settings } from '@vitrine/kernel';
import { RecordsService } from '@vitrine/records';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { Session } from '@vitrine/sessions';
import { aViewer } from '@vitrine/sessions/testing';
import { KeyRing, PartitionKey, PatientKey } from '@vitrine/vault';
import { aBrowser, PASSWORD, signedIn } from '../../testing/people.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';
import { AccountRemoval } from './account-removal.js';

jest.setTimeout(60_000);

describe('the end of an account', () => {
  let whole: WholeApp;
  let database: DataSource;
  let jane: Browser;
  let account: Account;
  let patient: Patient;
  let made = 0;

  beforeAll(async () => {
    whole = await wholeApp();
    database = whole.app.get(DataSource);
    await database.manager.save(aViewer());
  });
  afterAll(() => whole.close());

  beforeEach(async () => {
    const name = `Jane Doe ${++made}`;
    jane = await signedIn(whole.app, whole.publicUrl, 'patient', { name });
    patient = await database.getRepository(Patient).findOneByOrFail({ name });
    account = await database.getRepository(Account).findOneByOrFail({ id: patient.accountId });
  });

  async function addRecord(): Promise<string[]> {
    const imports = whole.app.get(ImportsService);
    const { id } = await imports.addOwn(account, patient, [
      ...syntheticCtStudy({ slices: 2, size: 16 }),
      syntheticReportPdf(),
    ]);
    while ((await imports.get(account.id, id)).state !== 'done')
      await new Promise((resolve) => setTimeout(resolve, 50));
    const items = await whole.app.get(RecordsService).list(patient.id);
    // The scan first: it is what a viewer opens.
    return items.sort((a, b) => b.kind.localeCompare(a.kind)).map((item) => item.id);
  }
  const remove = (browser = jane, password = PASSWORD) => browser.post('/api/me/delete').send({ password });
  const stored = () => {
    try {
      return readdirSync(join(whole.app.get<Settings>(SETTINGS).dataDir, 'vault', patient.id));
    } catch {
      return [];
    }
  };
  /** Tables in which a text occurs in whatever column. */
  async function tablesWith(text: string): Promise<string[]> {
    const tables = ['record_search', ...database.entityMetadatas.map(({ tableName }) => tableName)];
    const found: string[] = [];
    for (const name of tables) {
      const rows = await database.query<unknown[]>(`SELECT * FROM "${name}"`);
      if (JSON.stringify(rows).includes(text)) found.push(name);
    }
    return found;
  }

  it('leaves no row and no byte of the patient but the acts, and ends everything that was open', async () => {
    const itemIds = await addRecord();
    const link = { itemIds: [itemIds[0]], label: 'Dr Weber', control: 'view', maximumUses: 5 };
    const { url } = (await jane.post('/api/links').send(link).expect(201)).body as { url: string };
    const visitor = aBrowser(whole.app, whole.publicUrl);
    const visit = { secret: url.split('#')[1], name: 'Dr Weber' };
    await visitor.post('/api/visit/redeem').send(visit).expect(200);
    await jane.post('/api/deposit-codes').send({ label: 'City Radiology' }).expect(201);
    await jane.post('/api/imports').send({}).expect(201);
    await jane
      .post('/api/sessions')
      .send({ itemIds: [itemIds[0]] })
      .expect(201);
    const tablet = aBrowser(whole.app, whole.publicUrl);
    await tablet.post('/api/sign-in').send({ email: account.email, password: PASSWORD }).expect(200);
    expect(stored().length).toBeGreaterThan(2);
    const keys = whole.app.get(KeyRing);
    const { version } = await keys.forWriting(patient.id, 'imaging');

    await remove().expect(204);

    // Neither in the database nor in memory: a copy of the bytes opens for nobody.
    await expect(keys.forReading(patient.id, 'imaging', version)).rejects.toMatchObject({
      code: 'vault.damaged',
    });
    expect(await database.getRepository(PatientKey).countBy({ patientId: patient.id })).toBe(0);
    expect(await database.getRepository(PartitionKey).countBy({ patientId: patient.id })).toBe(0);

    expect(await tablesWith(patient.id)).toEqual(['audit_event']);
    expect(await tablesWith(account.email)).toEqual([]);
    for (const itemId of itemIds) expect(await tablesWith(itemId)).toEqual(['audit_event']);
    expect(stored()).toEqual([]);
    expect(whole.driver.engine.guests.size).toBe(0);
    await jane.get('/api/me').expect(401);
    await tablet.get('/api/me').expect(401);
    await visitor.get('/api/visit').expect(401);
    await aBrowser(whole.app, whole.publicUrl).post('/api/visit/redeem').send(visit).expect(404);
    await tablet.post('/api/sign-in').send({ email: account.email, password: PASSWORD }).expect(401);
  });

  it('needs the password again, and counts wrong ones', async () => {
    await addRecord();
    const refused = await remove(jane, 'wrong').expect(401);
    expect(refused.body).toMatchObject({ code: 'identity.wrong-credentials' });
    await remove(jane, '').expect(400);
    await jane.get('/api/me').expect(200);
    expect(stored().length).toBeGreaterThan(2);
    expect((await jane.get('/api/audit?limit=1')).body).toMatchObject({
      events: [{ action: 'account.signed-in', outcome: 'refused' }],
    });
  });

  it('leaves a last line without a name', async () => {
    await remove().expect(204);
    const [last] = await database
      .getRepository(AuditEvent)
      .find({ where: { patientId: patient.id }, order: { sequence: 'DESC' }, take: 1 });
    expect(last).toMatchObject({ action: 'account.deleted', agent: { kind: 'account', name: '' } });
    expect(JSON.stringify(last)).not.toContain('Jane');
  });

  it('touches nothing of anybody else', async () => {
    await addRecord();
    const name = 'Joe Bloggs';
    const joe = await signedIn(whole.app, whole.publicUrl, 'patient', { name });
    await remove(joe).expect(204);
    await jane.get('/api/me').expect(200);
    expect(stored().length).toBeGreaterThan(2);
    expect(((await jane.get('/api/record?q=head')).body as { items: unknown[] }).items).toHaveLength(2);
  });

  it('removes a provider, and keeps what patients kept', async () => {
    const provider = await signedIn(whole.app, whole.publicUrl, 'provider', { name: 'Dr Gone' });
    await remove(provider).expect(204);
    await provider.get('/api/me').expect(401);
  });

  it('leaves nothing of a provider’s PACS and inbox, and gives the AE title back', async () => {
    const provider = await signedIn(whole.app, whole.publicUrl, 'provider', { name: 'Dr Inbox' });
    const pacs = { name: 'PACS', callingAeTitle: 'GONE' };
    await provider.post('/api/dicom-nodes').send(pacs).expect(201);
    await provider.post('/api/ftps-account').expect(201);
    const node = await database.getRepository(DicomNode).findOneByOrFail({ callingAeTitle: 'GONE' });
    const { id, keyOwnerId } = await whole.app.get(DicomInbox).begin(node);
    await whole.app.get(KeyRing).forWriting(keyOwnerId, 'upload');
    const uploads = join(whole.app.get<Settings>(SETTINGS).dataDir, 'uploads');
    writeFileSync(join(uploads, `${id}-${newId()}-${keyOwnerId}.pack`), '');
    await remove(provider).expect(204);
    expect(await tablesWith(node.accountId)).toEqual(['audit_event']);
    expect(readdirSync(uploads).filter((name) => name.startsWith(id))).toEqual([]);
    const other = await signedIn(whole.app, whole.publicUrl, 'provider', { name: 'Dr Other' });
    await other.post('/api/dicom-nodes').send(pacs).expect(201);
  });

  it('is not for the admin, who lets everybody else in', async () => {
    const admin = await signedIn(whole.app, whole.publicUrl, 'admin');
    await remove(admin).expect(403);
  });

  it('is taken up at the next start where it was cut off', async () => {
    const [itemId] = await addRecord();
    const { id } = (
      await jane
        .post('/api/sessions')
        .send({ itemIds: [itemId] })
        .expect(201)
    ).body as {
      id: string;
    };
    const ghost = newId();
    await database.getRepository(Session).update({ id }, { patientId: ghost });
    await whole.app.get(AccountRemoval).onApplicationBootstrap();
    expect(await tablesWith(ghost)).toEqual(['audit_event']);
  });

  it('is not mistaken at the next start for what an admin builds, which is no patient’s', async () => {
    const [itemId] = await addRecord();
    const asked = await jane
      .post('/api/sessions')
      .send({ itemIds: [itemId] })
      .expect(201);
    const { id } = asked.body as { id: string };
    const admin = await signedIn(whole.app, whole.publicUrl, 'admin');
    const { id: adminId } = (await admin.get('/api/me').expect(200)).body as { id: string };
    await database.getRepository(Session).update({ id }, { patientId: adminId });
    await whole.app.get(AccountRemoval).onApplicationBootstrap();
    expect(await database.getRepository(Session).findOneBy({ id })).toMatchObject({ patientId: adminId });
  });
});
