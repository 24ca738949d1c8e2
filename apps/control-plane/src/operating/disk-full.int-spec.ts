import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { DepositCodes, type Owner } from '@vitrine/delegation';
import { DicomDoor, DicomNodes, ImportsService } from '@vitrine/exchange';
import { Account, Patient } from '@vitrine/identity';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { Ballast, BALLAST_FILE } from '@vitrine/persistence';
import { RecordsService } from '@vitrine/records';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { aViewer } from '@vitrine/sessions/testing';
import { bytesOf, LoopDisk } from '@vitrine/vault/testing';
import { VaultService } from '@vitrine/vault';
import { PASSWORD, signedIn } from '../../testing/people.js';
import { aProgram, aToken, stowBody, STOW_TYPE } from '../../testing/programs.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';
import { DiskWatch } from '../health/disk-watch.js';

jest.setTimeout(600_000);

const MIB = 1024 ** 2;
const disk = LoopDisk.open(112 * MIB);
const run = promisify(execFile);

interface Person extends Owner {
  readonly browser: Browser;
  /** Of the network drive. */
  readonly password: string;
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const TUS = { 'Tus-Resumable': '1.0.0' };

/** A report that nobody has yet. */
const report = (bytes: number) => Buffer.concat([syntheticReportPdf().bytes, randomBytes(bytes)]);

(disk === undefined ? describe.skip : describe)('A disk that is full to the last byte', () => {
  let whole: WholeApp;
  let jane: Person;
  let ann: Person;
  let dataDir = '';
  let sessionId = '';
  let dicomTarget: string[] = [];
  const temporary = mkdtempSync(join(tmpdir(), 'vitrine-full-'));
  /** Digests of what somebody was told is stored. */
  const promised = new Set<string>();
  const unfinished: string[] = [];
  const files: Record<string, string> = {};

  const person = async (name: string): Promise<Person> => {
    const browser = await signedIn(whole.app, whole.publicUrl, 'patient', { name });
    const database = whole.app.get(DataSource);
    const patient = await database.getRepository(Patient).findOneByOrFail({ name });
    const account = await database.getRepository(Account).findOneByOrFail({ id: patient.accountId });
    const password = await aToken(whole.app, { account, patient }, 'drive-write');
    return { browser, account, patient, password };
  };
  const put = (who: Person, name: string, bytes: Buffer) =>
    request(whole.app.getHttpServer()).put(`/dav/Drive/${name}`).auth('x', who.password).send(bytes);
  const health = async () =>
    (await request(whole.app.getHttpServer()).get('/api/health').expect(200)).body as {
      disk: string;
    };
  const intact = async () =>
    expect(await whole.app.get(DataSource).query('PRAGMA integrity_check')).toEqual([
      { integrity_check: 'ok' },
    ]);
  const room = () => new Ballast(dataDir).room();
  const ballast = () => statSync(join(dataDir, BALLAST_FILE)).size;

  beforeAll(async () => {
    whole = await wholeApp({
      folder: join(disk?.folder ?? '', 'whole'),
      environment: { VITRINE_DICOM_PORT: '0', VITRINE_DICOM_HOST: '127.0.0.1' },
    });
    await whole.app.listen(0, '127.0.0.1');
    dataDir = whole.app.get<Settings>(SETTINGS).dataDir;
    await whole.app.get(DataSource).manager.save(aViewer());
    jane = await person('Jane Doe');
    ann = await person('Ann Doe');
    const imports = whole.app.get(ImportsService, { strict: false });
    const { id } = await imports.addOwn(
      jane.account,
      jane.patient,
      syntheticCtStudy({ slices: 2, size: 16 }),
    );
    while ((await imports.get(jane.account.id, id)).state !== 'done') await delay(50);
    const [item] = await whole.app.get(RecordsService, { strict: false }).list(jane.patient.id);
    const started = await jane.browser
      .post('/api/sessions')
      .send({ itemIds: [item?.id] })
      .expect(201);
    sessionId = (started.body as { id: string }).id;
    for (let n = 0; n < 12; n++) await put(ann, `${n}.bin`, randomBytes(MIB)).expect(201);

    const port = await whole.app.get(DicomDoor, { strict: false }).open();
    await signedIn(whole.app, whole.publicUrl, 'provider', { name: 'Dr Weber' });
    const weber = await whole.app
      .get(DataSource)
      .getRepository(Account)
      .findOneByOrFail({ name: 'Dr Weber' });
    await whole.app
      .get(DicomNodes, { strict: false })
      .register(weber, { name: 'PACS', callingAeTitle: 'PACS', addresses: ['127.0.0.0/8'] });
    const code = await whole.app
      .get(DepositCodes, { strict: false })
      .create(jane, { label: 'PACS', expiresInDays: 1, maximumUses: 10 });
    const called = code.secret.replaceAll('-', '');
    dicomTarget = ['-aet', 'PACS', '-aec', called, '127.0.0.1', String(port)];
  });
  afterAll(async () => {
    await whole.close();
    disk?.close();
    rmSync(temporary, { recursive: true });
  });

  it('had a ballast laid at the start, which is really there', async () => {
    await whole.app.get(DiskWatch, { strict: false }).look();
    const { ballastBytes, ballastMissing } = await room();
    expect(ballastMissing).toBe(0);
    expect(ballastBytes).toBeGreaterThan(5 * MIB);
    expect(statSync(join(dataDir, BALLAST_FILE)).blocks * 512).toBeGreaterThanOrEqual(ballastBytes);
    expect(await health()).toMatchObject({ disk: 'ok' });
  });

  it('is answered with 507 by the portal, once there is no room for another file', async () => {
    const text = (value: string) => Buffer.from(value).toString('base64');
    for (let status = 201; status === 201;) {
      const bytes = report(6 * MIB);
      const created = await jane.browser.post('/api/imports').send({}).expect(201);
      const { id } = created.body as { id: string };
      const sent = await jane.browser
        .post('/api/uploads')
        .set({
          ...TUS,
          'Upload-Length': String(bytes.length),
          'Upload-Metadata': `importId ${text(id)},name ${text('report.pdf')}`,
          'Content-Type': 'application/offset+octet-stream',
        })
        .send(bytes);
      status = sent.status;
      if (status !== 201) {
        expect([status, (JSON.parse(sent.text) as { code: string }).code]).toEqual([507, 'vault.disk-full']);
        break;
      }
      promised.add(digestOf(bytes));
      await jane.browser.post(`/api/imports/${id}/finish`).expect(200);
      for (let tries = 0; ; tries++) {
        const { state } = (await jane.browser.get(`/api/imports/${id}`).expect(200)).body as {
          state: string;
        };
        expect(state).not.toBe('failed');
        if (state === 'done') break;
        if (tries > 50 && (await room()).forContent < bytes.length) {
          // There was room for the upload, but not for its place in the record too.
          unfinished.push(id);
          break;
        }
        await delay(100);
      }
    }
    expect(promised.size).toBeGreaterThan(2);
  });

  it('is answered with 507 by the network drive and by STOW-RS, and with “out of resources” by C-STORE', async () => {
    for (const size of [512 * 1024, 32 * 1024, 2 * 1024])
      for (let n = 0; ; n++) {
        const name = `${size}-${n}.bin`;
        const bytes = randomBytes(size);
        const { status } = await put(jane, name, bytes);
        if (status === 507) break;
        expect(status).toBe(201);
        files[name] = digestOf(bytes);
      }
    expect(Object.keys(files).length).toBeGreaterThan(0);
    // Something else on the machine takes the rest.
    const rest = join(disk?.folder ?? '', 'somebody.log');
    for (const size of [MIB, 4096])
      try {
        for (;;) appendFileSync(rest, Buffer.alloc(size, 1));
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' });
      }
    const [slice] = syntheticCtStudy({ slices: 1, size: 256, description: 'late' });
    const program = aProgram(whole.app, await aToken(whole.app, jane, 'deposit'));
    const stored = await program
      .post('/api/dicom-web/studies')
      .set('Content-Type', STOW_TYPE)
      .send(stowBody(slice?.bytes ?? new Uint8Array()));
    expect(stored.status).toBe(507);
    const path = join(temporary, 'late.dcm');
    writeFileSync(path, slice?.bytes ?? '');
    const sent = await run('storescu', ['-v', '-R', ...dicomTarget, path]).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    expect(sent.stdout + sent.stderr).toContain('OutOfResources');
    await whole.app.get(DiskWatch, { strict: false }).look();
    expect(await health()).toMatchObject({ disk: 'full' });
  });

  it('still lets people write what takes little: the ballast gives way, slice by slice', async () => {
    const laid = ballast();
    for (let n = 0; ballast() === laid && n < 2_000; n++)
      await jane.browser
        .post('/api/deposit-codes')
        .send({ label: `${n} ${'x'.repeat(60)}` })
        .expect(201);
    const { ballastBytes } = await room();
    expect(laid - ballast()).toBeGreaterThan(0);
    expect(laid - ballast()).toBeLessThan(ballastBytes / 2);
    // What was given up is for that, and no file gets it.
    expect((await put(jane, 'late.bin', randomBytes(1024))).status).toBe(507);
    await intact();
  });

  it('lets a viewer be ended and an account be deleted, which makes room', async () => {
    const stopped = await jane.browser.post(`/api/sessions/${sessionId}/stop`).send({});
    expect([200, 202, 204]).toContain(stopped.status);
    await ann.browser.post('/api/me/delete').send({ password: PASSWORD }).expect(204);
    expect((await room()).forContent).toBeGreaterThan(4 * MIB);
  });

  it('has its ballast again by itself, and takes files in', async () => {
    await whole.app.get(DiskWatch, { strict: false }).look();
    expect((await room()).ballastMissing).toBe(0);
    expect(await health()).toMatchObject({ disk: 'ok' });
    const bytes = randomBytes(MIB);
    await put(jane, 'again.bin', bytes).expect(201);
    files['again.bin'] = digestOf(bytes);
  });

  it('has lost nothing that it acknowledged', async () => {
    for (const id of unfinished) {
      await jane.browser.post(`/api/imports/${id}/finish`).expect(200);
      for (;;) {
        const { state, notes } = (await jane.browser.get(`/api/imports/${id}`)).body as {
          state: string;
          notes: unknown;
        };
        expect({ state, notes }).not.toMatchObject({ state: 'failed' });
        if (state === 'done') break;
        await delay(100);
      }
    }
    const records = whole.app.get(RecordsService, { strict: false });
    const vault = whole.app.get(VaultService, { strict: false });
    const there = new Set<string>();
    for (const item of await records.list(jane.patient.id))
      for (const { blobId } of (await records.withFiles(jane.patient.id, item.id)).files)
        there.add(digestOf(await bytesOf(await vault.open(jane.patient.id, blobId))));
    expect([...promised].filter((digest) => !there.has(digest))).toEqual([]);
    const origin = `http://127.0.0.1:${(whole.app.getHttpServer().address() as AddressInfo).port}`;
    const authorization = `Basic ${Buffer.from(`x:${jane.password}`).toString('base64')}`;
    for (const [name, digest] of Object.entries(files)) {
      const read = await fetch(`${origin}/dav/Drive/${name}`, { headers: { authorization } });
      expect([name, digestOf(Buffer.from(await read.arrayBuffer()))]).toEqual([name, digest]);
    }
    await intact();
  });
});
