import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { delay, newId } from '@vitrine/kernel';
import { bytesOf } from '../../testing/bytes-of.js';
import { CANARY, filesWith } from '../../testing/canary.js';
import { putUntilKilled } from '../../testing/killed.js';
import { SwiftServer } from '../../testing/swift-server.js';
import { openVaultIn } from '../../testing/vault-folder.js';
import { sweepAll } from '../../testing/sweep-all.js';

jest.setTimeout(300_000);

const MIB = 1024 ** 2;
const LARGE = resolve(import.meta.dirname, '../../testing/put-large.ts');

describe('A vault over object storage', () => {
  const patientId = newId();
  const { signal } = new AbortController();
  let server: SwiftServer;
  let folder: string;
  let vault: Awaited<ReturnType<typeof openVaultIn>>;

  beforeAll(async () => {
    server = await SwiftServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-s3-'));
    vault = await openVaultIn(folder, storage());
  });
  afterEach(async () => {
    await server.resume();
    await vault.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const storage = () => server.settings(basename(folder).toLowerCase());
  const put = async (content: Buffer) => (await vault.vault.put(patientId, Readable.from([content]))).blobId;
  const read = async (blobId: string) => bytesOf(await vault.vault.open(patientId, blobId));
  const listed = async (id = patientId) => {
    const ids: string[] = [];
    for await (const { blobId } of vault.store.list(id)) ids.push(blobId);
    return ids;
  };
  const staged = () => readdirSync(join(folder, 'data', 'staging'));
  const until = async (condition: () => boolean) => {
    const deadline = Date.now() + 120_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error('it does not happen');
      await delay(2);
    }
  };

  it('shows nothing of a large file whose upload was cut, sweeps it, and takes it when it comes again', async () => {
    const content = randomBytes(60 * MIB);
    const before = server.objectFiles();
    const storing = put(content);
    storing.catch(() => undefined);
    // Some parts are there, and not all.
    await until(() => server.objectFiles() >= before + 3);
    await server.cut();
    await expect(storing).rejects.toMatchObject({ code: 'vault.unreachable' });
    await server.resume();
    expect(await listed()).toEqual([]);
    expect(staged()).toEqual([]);
    expect(await sweepAll(vault.vault)).toBe(1);
    expect(await sweepAll(vault.vault)).toBe(0);
    expect(server.objectFiles()).toBe(before);
    expect((await read(await put(content))).equals(content)).toBe(true);
  });

  it('goes on by itself when the store is away for a moment', async () => {
    const content = randomBytes(40 * MIB);
    const before = server.objectFiles();
    const storing = put(content);
    storing.catch(() => undefined);
    await until(() => server.objectFiles() > before);
    await server.cut();
    await server.resume();
    expect((await read(await storing)).equals(content)).toBe(true);
  });

  it('has everything that was acknowledged after the power of the store failed', async () => {
    const contents = [randomBytes(100), randomBytes(3 * MIB), randomBytes(20 * MIB)];
    const ids: string[] = [];
    for (const content of contents) ids.push(await put(content));
    await server.kill();
    await server.resume();
    for (const [index, id] of ids.entries()) expect((await read(id)).equals(contents[index]!)).toBe(true);
  });

  it('takes a store that is away neither for damaged nor for empty', async () => {
    const content = randomBytes(12 * MIB);
    const blobId = await put(content);
    const [due] = await vault.checks.due('9999', 1);
    const stream = await vault.vault.open(patientId, blobId);
    await server.cut();
    const away = { code: 'vault.unreachable' };
    const target = join(folder, 'session');
    mkdirSync(target);
    const files = [{ blobId, path: 'one' }];
    // At the same time: each is patient with the store for as long as it may be.
    const refused = [
      bytesOf(stream),
      vault.checks.read(due!, signal),
      put(content),
      put(Buffer.from('other')),
      sweepAll(vault.vault),
      vault.layOut(patientId, files, target, signal),
    ];
    await Promise.all(refused.map((one) => expect(one).rejects.toMatchObject(away)));
    expect([readdirSync(target), staged()]).toEqual([[], []]);
    await server.resume();
    expect(await vault.checks.damaged(patientId)).toEqual(new Set());
    expect((await vault.checks.read(due!, signal)).finding).toBe('intact');
    expect(await vault.vault.usage(patientId)).toBe(content.length);
  });

  it('says that a file is damaged where the store has lost it, and heals it', async () => {
    const content = randomBytes(1000);
    const blobId = await put(content);
    const [due] = await vault.checks.due('9999', 1);
    await vault.store.remove({ patientId, blobId });
    const result = await vault.checks.read(due!, signal);
    expect(result.finding).toBe('damaged');
    await vault.checks.remember([result]);
    expect(await put(content)).toBe(blobId);
    expect((await read(blobId)).equals(content)).toBe(true);
  });

  it('lays a study out byte for byte, large files and small ones', async () => {
    const contents = [70 * MIB + 1, 8 * MIB, 65_536, 1, 0].map((bytes) => randomBytes(bytes));
    const files: { blobId: string; path: string }[] = [];
    for (const [index, content] of contents.entries())
      files.push({ blobId: await put(content), path: `study/${index}.dcm` });
    const target = join(folder, 'session');
    mkdirSync(target);
    await vault.layOut(patientId, files, target, signal);
    for (const [index, { path }] of files.entries()) {
      expect(statSync(join(target, path)).mode & 0o777).toBe(0o444);
      expect(readFileSync(join(target, path)).equals(contents[index]!)).toBe(true);
    }
    expect(staged()).toEqual([]);
  });

  it('lists and removes what does not fit on one page', async () => {
    const ids = await Promise.all(Array.from({ length: 13 }, (_, n) => put(Buffer.from(`file ${n}`))));
    const others = Array.from({ length: 6 }, newId);
    for (const other of others) await vault.vault.put(other, Readable.from([Buffer.from('x')]));
    expect((await listed()).sort()).toEqual(ids.sort());
    expect((await vault.store.patients()).sort()).toEqual([patientId, ...others].sort());
    await vault.vault.erasePatient(patientId);
    expect(await listed()).toEqual([]);
  });

  it('has every acknowledged file after its process was killed, and no plain byte anywhere', async () => {
    const acknowledged: string[] = [];
    for (const laterMs of [0, 7, 40]) {
      const objectStorage = storage();
      acknowledged.push(...(await putUntilKilled({ folder, files: 4, laterMs, objectStorage })));
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(12);
    for (const place of [join(folder, 'data'), server.devices]) expect(filesWith(CANARY, place)).toEqual([]);
    await sweepAll(vault.vault);
    expect(staged()).toEqual([]);
    for (const line of acknowledged) {
      const [id = '', blobId = '', digest] = line.split(' ');
      const content = await bytesOf(await vault.vault.open(id, blobId));
      expect(createHash('sha256').update(content).digest('hex')).toBe(digest);
    }
    expect(await sweepAll(vault.vault)).toBe(0);
  });

  it('takes no more memory for a large file', async () => {
    const flags = ['--expose-gc', '--import', '#typescript'];
    const args = [...flags, LARGE, mkdtempSync(join(folder, 'large-')), '200'];
    const settings = JSON.stringify(server.settings(`${basename(folder).toLowerCase()}-large`));
    const { stdout } = await promisify(execFile)(process.execPath, [...args, settings]);
    const { same, grownMiB } = JSON.parse(stdout) as { same: boolean; grownMiB: number };
    process.stdout.write(`200 MiB through object storage: memory grew by ${grownMiB} MiB.\n`);
    expect(same).toBe(true);
    expect(grownMiB).toBeLessThan(50);
  });
});
