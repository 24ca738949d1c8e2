import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Import, ImportsService } from '@vitrine/exchange';
import { Account, Patient } from '@vitrine/identity';
import { delay, SETTINGS, type Settings } from '@vitrine/kernel';
import { RecordFile } from '@vitrine/records';
import { syntheticCtStudy, syntheticReportPdf } from '@vitrine/samples';
import { Session } from '@vitrine/sessions';
import { aViewer } from '@vitrine/sessions/testing';
import { Blob, VaultService } from '@vitrine/vault';
import { aBrowser, PASSWORD, signedIn } from '../../testing/people.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

jest.setTimeout(300_000);

const TOOL = resolve(import.meta.dirname, '../../../../tools/backup.mjs');

/** The commands of the operator beside the product that runs: a process of their own, on the same data folder. */
describe('a backup of an installation that is in use', () => {
  const target = mkdtempSync(join(tmpdir(), 'vitrine-backups-'));
  let whole: WholeApp;
  let again: WholeApp | undefined;
  let jane: Browser;
  let account: Account;
  let patient: Patient;
  let settings: Settings;

  beforeAll(async () => {
    whole = await wholeApp();
    settings = whole.app.get<Settings>(SETTINGS);
    await whole.app.get(DataSource).manager.save(aViewer());
    jane = await signedIn(whole.app, whole.publicUrl, 'patient', { name: 'Jane Doe' });
    const { manager } = whole.app.get(DataSource);
    patient = await manager.findOneByOrFail(Patient, { name: 'Jane Doe' });
    account = await manager.findOneByOrFail(Account, { id: patient.accountId });
    await add(0, syntheticReportPdf());
  });
  afterAll(async () => {
    await again?.close();
    await whole.close();
    rmSync(target, { recursive: true });
  });

  async function add(
    number: number,
    ...more: { readonly name: string; readonly bytes: Buffer }[]
  ): Promise<void> {
    const imports = whole.app.get(ImportsService);
    const study = syntheticCtStudy({ slices: 8, size: 64, description: `Series ${number}` });
    const { id } = await imports.addOwn(account, patient, [...study, ...more]);
    while ((await imports.get(account.id, id)).state === 'examining') await delay(20);
  }

  /** Runs a command to its end; `onStart` may kill it. Code null: killed. */
  const run = (args: string[], folder: string, onStart?: (kill: () => void) => void) =>
    new Promise<{ code: number | null; said: string }>((done) => {
      const child = spawn(process.execPath, [TOOL, ...args], {
        env: { ...process.env, VITRINE_KEY_FILE: join(folder, 'key') },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.once('close', (code) => done({ code, said }));
      onStart?.(() => child.kill('SIGKILL'));
    });
  const home = () => dirname(settings.dataDir);
  const backUp = (onStart?: (kill: () => void) => void) =>
    run(['backup', target, '--data', settings.dataDir], home(), onStart);

  async function sumOf(app: WholeApp, { patientId, blobId }: RecordFile): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await app.app.get(VaultService, { strict: false }).open(patientId, blobId))
      hash.update(chunk as Buffer);
    return hash.digest('hex');
  }

  it('is made while files come in, survives one that is killed, and starts again byte for byte', async () => {
    const scans = (await jane.get('/api/record?kind=imaging').expect(200)).body as {
      items: { id: string }[];
    };
    await jane
      .post('/api/sessions')
      .send({ itemIds: [scans.items[0]!.id] })
      .expect(201);
    const ending = new AbortController();
    let written = 0;
    const writer = (async () => {
      while (!ending.signal.aborted) await add(++written);
    })();
    const { code, said } = await backUp();
    const atEnd = written;
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('The backup is whole') });
    expect(atEnd).toBeGreaterThan(1);
    const whatWasThere = readdirSync(target).sort();

    // Large enough to be killed in the middle of.
    await whole.app
      .get(VaultService, { strict: false })
      .put(patient.id, Readable.from(Array.from({ length: 256 }, () => randomBytes(1024 ** 2))));
    const killed = await backUp((kill) => {
      const look = setInterval(() => {
        if (!readdirSync(target).some((name) => name.endsWith('.part'))) return;
        clearInterval(look);
        kill();
      }, 1);
    });
    ending.abort();
    await writer;
    expect(killed.code).toBeNull();
    expect(
      readdirSync(target)
        .filter((name) => !name.endsWith('.part'))
        .sort(),
    ).toEqual(whatWasThere);
    expect(await run(['restore', target, '--check'], home())).toMatchObject({ code: 0 });

    const folder = mkdtempSync(join(tmpdir(), 'vitrine-restored-'));
    cpSync(join(home(), 'key'), join(folder, 'key'));
    const restored = await run(['restore', target, '--data', join(folder, 'data')], folder);
    expect(restored).toMatchObject({ code: 0, said: expect.stringContaining('was restored') });

    again = await wholeApp({ folder });
    const { manager } = again.app.get(DataSource);
    const files = await manager.find(RecordFile);
    expect(files.length).toBeGreaterThanOrEqual(9);
    for (const file of files) expect(await sumOf(again, file)).toBe(await sumOf(whole, file));
    expect(await manager.countBy(Blob, {})).toBe(files.length);
    await settled(again);
    const browser = aBrowser(again.app, again.publicUrl);
    await browser.post('/api/sign-in').send({ email: account.email, password: PASSWORD }).expect(200);
    const { items } = (await browser.get('/api/record').expect(200)).body as { items: unknown[] };
    expect(items.length).toBeGreaterThanOrEqual(2);
    expect(existsSync(join(folder, 'data', 'vitrine.db.part'))).toBe(false);
  });

  /** What was live at the moment of the backup is over: no guest of it exists, and nobody is signed in. */
  async function settled({ app }: WholeApp): Promise<void> {
    const { manager } = app.get(DataSource);
    expect(await manager.query('SELECT * FROM sign_in')).toEqual([]);
    expect(await manager.query('SELECT * FROM ticket')).toEqual([]);
    expect(await manager.count(Session)).toBe(1);
    while (await manager.existsBy(Session, [{ state: 'starting' }, { state: 'ready' }])) await delay(50);
    while (await manager.existsBy(Import, { state: 'examining' })) await delay(50);
  }
});
