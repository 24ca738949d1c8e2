import { createHash, randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3-multiple-ciphers';
import { newId, SystemClock } from '@vitrine/kernel';
import { databaseIn, emptyPlaceIn, ON_POSTGRES, type TestDatabase } from '@vitrine/persistence/testing';
import { contextOf, sealed, wrap } from '@vitrine/sealing';
import { openKeySource, type KeyProvider } from '@vitrine/vault';
import {
  bytesOf,
  CANARY,
  databaseKeyIn,
  filesWith,
  newProvider,
  providerIn,
  testVault,
  VAULT_ENTITIES,
  type TestVault,
} from '@vitrine/vault/testing';
import { backUp, checkBackup, findBackup, restoreBackup, type BackupReport } from './index.js';
import { writeDurably } from './durable.js';
import { newBackupKey } from './manifest.js';
import { termsOf } from './parts.js';
import { takeSnapshot } from './snapshot.js';

describe('A backup', () => {
  const installationId = newId();
  const patientId = newId();
  let folder: string;
  let dataDir: string;
  let target: string;
  let provider: KeyProvider;
  let database: TestDatabase;
  let vault: TestVault['vault'];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-backup-'));
    [dataDir, target] = [join(folder, 'data'), join(folder, 'backups')];
    mkdirSync(dataDir);
    provider = await providerIn(folder);
    ({ database, vault } = await opened(dataDir));
  });
  afterEach(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function opened(dir: string) {
    const database = await databaseIn(
      dir,
      VAULT_ENTITIES,
      await databaseKeyIn(dir, installationId, provider),
    );
    return { database, vault: testVault(database, dir, new SystemClock(), { provider }).vault };
  }
  const put = async (content: Buffer) => (await vault.put(patientId, Readable.from([content]))).blobId;
  const remove = async (blobId: string) => {
    await database.dataSource.query(`DELETE FROM blob WHERE id = '${blobId}'`);
    rmSync(join(dataDir, 'vault', patientId, blobId));
  };
  const make = (): Promise<BackupReport> => backUp({ ...database.place, installationId, target, provider });
  const copyPlace = async () => ({
    ...database.place,
    key: await databaseKeyIn(dataDir, installationId, provider),
  });
  const copies = () =>
    readdirSync(join(target, 'blobs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const flip = (path: string) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
  };
  /** What a restored installation has of a blob. */
  async function restoredBytes(source: string, blobId: string): Promise<Buffer> {
    const dir = join(folder, newId());
    await restoreBackup(await findBackup(source), provider, await emptyPlaceIn(dir));
    const there = await opened(dir);
    try {
      return await bytesOf(await there.vault.open(patientId, blobId));
    } finally {
      await there.database.close();
    }
  }

  it('is restored byte for byte, and nothing in it can be read without the key', async () => {
    const [small, large] = [
      Buffer.from(CANARY.repeat(9)),
      Buffer.concat([randomBytes(300_000), Buffer.from(CANARY)]),
    ];
    const [first, second] = [await put(small), await put(large)];
    await database.dataSource.query(
      `INSERT INTO sign_in VALUES ('${newId()}', 'secret', 'a', 'b', 'c', 'd', 'e')`,
    );
    const { folder: made, facts, copied, deleted, lost } = await make();
    expect({ copied, deleted, lost }).toEqual({ copied: 2, deleted: 0, lost: [] });
    expect(facts).toMatchObject({ installationId, files: 2, missing: 0 });
    expect(filesWith(CANARY, target)).toEqual([]);
    expect(filesWith(patientId, target)).toEqual([]);
    expect(readdirSync(made).sort()).toEqual(['database.sealed', 'files.sealed', 'manifest.json']);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('.'))).toEqual([]);

    const dir = join(folder, 'restored');
    expect(await restoreBackup(await findBackup(target), provider, await emptyPlaceIn(dir))).toEqual({
      intact: 2,
      damaged: [],
    });
    expect(readFileSync(join(dir, 'installation'), 'utf8')).toBe(`${installationId}\n`);
    const there = await opened(dir);
    expect(await bytesOf(await there.vault.open(patientId, first))).toEqual(small);
    expect(await bytesOf(await there.vault.open(patientId, second))).toEqual(large);
    expect(await there.database.dataSource.query('SELECT * FROM sign_in')).toEqual([]);
    await there.database.close();
  });

  it('copies only what no earlier one of the same folder has, and each keeps its own moment', async () => {
    const old = await put(Buffer.from('old'));
    const earlier = await make();
    const fresh = await put(Buffer.from('fresh'));
    await remove(old);
    const later = await make();
    expect(later).toMatchObject({ copied: 1, facts: { files: 1 } });
    expect(copies()).toHaveLength(2);
    expect(await restoredBytes(earlier.folder, old)).toEqual(Buffer.from('old'));
    expect(await restoredBytes(later.folder, fresh)).toEqual(Buffer.from('fresh'));
    await expect(restoredBytes(later.folder, old)).rejects.toThrow();
  });

  it('copies again what was lost from the folder of backups', async () => {
    await put(Buffer.from('scan'));
    await make();
    rmSync(copies()[0]!);
    expect(await make()).toMatchObject({ copied: 1 });
    expect(await checkBackup(await findBackup(target), provider)).toEqual({ intact: 1, damaged: [] });
  });

  it('shows nothing of the database, also not while the copy of it lies in the data folder', async () => {
    await put(Buffer.from('scan'));
    const snapshot = await takeSnapshot(await copyPlace());
    expect(filesWith(patientId, dataDir)).toEqual([]);
    expect(filesWith('CREATE TABLE', dataDir)).toEqual([]);
    await snapshot.discard();
    await make();
    await restoreBackup(await findBackup(target), provider, await emptyPlaceIn(join(folder, 'restored')));
    for (const words of [patientId, 'CREATE TABLE'])
      expect([...filesWith(words, target), ...filesWith(words, join(folder, 'restored'))]).toEqual([]);
  });

  it('of an older version, with a database in the clear, is restored as it was', async () => {
    const backupId = newId();
    const made = join(target, '2020-01-01T00-00-00Z-00000000');
    mkdirSync(made, { recursive: true });
    const plain = new Database(join(folder, 'plain.db'));
    plain.exec(
      'CREATE TABLE sign_in (id); CREATE TABLE ticket (id); CREATE TABLE kept AS SELECT 7 AS number',
    );
    plain.close();
    const { key, ...wrapped } = await newBackupKey(provider, backupId);
    for (const [name, bytes] of [
      ['database.sealed', readFileSync(join(folder, 'plain.db'))],
      ['files.sealed', Buffer.alloc(0)],
    ] as const)
      await writeDurably(join(made, name), sealed(Readable.from([bytes]), termsOf(key, backupId, name)));
    const body = {
      ...{ format: 1, backupId, installationId, takenAt: '2020-01-01T00:00:00Z', product: '0', schema: '' },
      ...{ files: 0, missing: 0, bytes: 0, ...wrapped },
    };
    const schema = 'Initial1767225600000';
    const check = wrap(
      key,
      Buffer.alloc(0),
      contextOf('backup manifest', JSON.stringify({ ...body, schema })),
    );
    writeFileSync(join(made, 'manifest.json'), JSON.stringify({ ...body, schema, check }));
    const dir = join(folder, 'restored');
    expect(await restoreBackup(await findBackup(target), provider, { dataDir: dir })).toEqual({
      intact: 0,
      damaged: [],
    });
    const restored = new Database(join(dir, 'vitrine.db'));
    expect(restored.prepare('SELECT number FROM kept').pluck().get()).toBe(7);
    restored.close();
  });

  it('opens with no other key, and says so at once', async () => {
    await put(Buffer.from('scan'));
    await make();
    const dir = join(folder, 'restored');
    const backup = await findBackup(target);
    await expect(restoreBackup(backup, newProvider(), await emptyPlaceIn(dir))).rejects.toThrow(
      'This is not the key',
    );
    expect(existsSync(dir)).toBe(false);
    await expect(
      backUp({ ...database.place, installationId, target, provider: newProvider() }),
    ).rejects.toThrow('The key is not');
    expect(readdirSync(target).filter((name) => name.includes('part'))).toEqual([]);
  });

  it.each(['database.sealed', 'files.sealed', 'manifest.json'])(
    'with one flipped bit in %s is refused',
    async (name) => {
      await put(Buffer.from('scan'));
      const { folder: made } = await make();
      const path = join(made, name);
      if (name === 'manifest.json')
        writeFileSync(path, readFileSync(path, 'utf8').replace('"files": 1', '"files": 2'));
      else flip(path);
      const dir = join(folder, 'restored');
      const backup = await findBackup(target);
      await expect(checkBackup(backup, provider)).rejects.toThrow(`${path} is damaged`);
      await expect(restoreBackup(backup, provider, await emptyPlaceIn(dir))).rejects.toThrow(
        `${path} is damaged`,
      );
      expect(existsSync(dir) ? readdirSync(dir) : []).toEqual([]);
    },
  );

  it('names a stored file with a flipped bit, and gives everything else back', async () => {
    const [good, bad] = [await put(Buffer.from('good')), await put(Buffer.from('bad, and longer'))];
    await make();
    const damaged = copies().find((path) => readFileSync(path).length > 8 + 23 + 4)!;
    flip(damaged);
    const backup = await findBackup(target);
    expect(await checkBackup(backup, provider)).toEqual({ intact: 1, damaged: [damaged] });
    const dir = join(folder, 'restored');
    expect(await restoreBackup(backup, provider, await emptyPlaceIn(dir))).toEqual({
      intact: 1,
      damaged: [damaged],
    });
    expect(readdirSync(join(dir, 'vault', patientId))).toEqual([good]);
    expect(await restoredBytes(target, good)).toEqual(Buffer.from('good'));
    await expect(restoredBytes(target, bad)).rejects.toMatchObject({ code: 'vault.damaged' });
  });

  it.each([
    ['format', { format: 3 }],
    ['database', { schema: 'Later9999999999999' }],
  ])('of a newer version (its %s) is refused', async (_, change) => {
    const { folder: made } = await make();
    const path = join(made, 'manifest.json');
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...change }));
    await expect(findBackup(target)).rejects.toThrow('made by a newer Vitrine');
  });

  it('is not restored over anything', async () => {
    await put(Buffer.from('scan'));
    await make();
    const backup = await findBackup(target);
    await expect(restoreBackup(backup, provider, { dataDir })).rejects.toThrow(`${dataDir} is not empty`);
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    writeFileSync(join(kept, 'README.md'), 'a note');
    await restoreBackup(backup, provider, await emptyPlaceIn(kept));
    expect(readFileSync(join(kept, 'README.md'), 'utf8')).toBe('a note');
  });

  it('says which files the vault has lost, and which of them are cut', async () => {
    const [gone, cut] = [await put(Buffer.from('gone')), await put(Buffer.from('cut'))];
    rmSync(join(dataDir, 'vault', patientId, gone));
    writeFileSync(join(dataDir, 'vault', patientId, cut), 'VTRSEAL1');
    const { lost, facts } = await make();
    expect([...lost].sort()).toEqual([`${patientId}/${gone}`, `${patientId}/${cut}`].sort());
    expect(facts).toMatchObject({ files: 2, missing: 2 });
  });

  it('tells what was deleted since its moment from what was lost', async () => {
    const [kept, deleted] = [await put(Buffer.from('kept')), await put(Buffer.from('deleted'))];
    const snapshot = await takeSnapshot(await copyPlace());
    await remove(deleted);
    expect(snapshot.blobs.map(({ blobId }) => blobId).sort()).toEqual([kept, deleted].sort());
    expect(await Promise.all([kept, deleted].map((id) => snapshot.wasDeleted(id)))).toEqual([false, true]);
    await snapshot.discard();
  });

  it('that was broken off is not taken for one', async () => {
    const { folder: made } = await make();
    cpSync(made, join(target, '2999-01-01T00-00-00Z-00000000.part'), { recursive: true });
    expect((await findBackup(target)).folder).toBe(made);
    await expect(findBackup(join(folder, 'nothing'))).rejects.toThrow('There is no backup');
  });

  it('removes what was broken off more than a day before, and leaves alone what may still be made', async () => {
    mkdirSync(target);
    const [old, recent] = ['2020-01-01T00-00-00Z-00000000.part', '2020-01-01T00-00-00Z-11111111.part'];
    for (const name of [old, recent]) mkdirSync(join(target, name));
    const before = new Date(Date.now() - 25 * 60 * 60_000);
    utimesSync(join(target, old), before, before);
    await make();
    expect(readdirSync(target).filter((name) => name.endsWith('.part'))).toEqual([recent]);
  });

  it('holds each copied file under the sum of its bytes', async () => {
    await put(randomBytes(200_000));
    await make();
    for (const path of copies()) {
      const sum = createHash('sha256').update(readFileSync(path)).digest('hex');
      expect(path).toBe(join(target, 'blobs', sum.slice(0, 2), sum));
      expect(dirname(path)).toBe(join(target, 'blobs', sum.slice(0, 2)));
    }
  });

  it('is made with the passphrase of the installation as well', async () => {
    const path = join(folder, 'passphrase');
    writeFileSync(path, 'three blue herons');
    await database.close();
    rmSync(dataDir, { recursive: true });
    mkdirSync(dataDir);
    provider = await openKeySource({ kind: 'passphrase', path }, installationId, false);
    ({ database, vault } = await opened(dataDir));
    const blobId = await put(Buffer.from('scan'));
    await make();
    expect(await restoredBytes(target, blobId)).toEqual(Buffer.from('scan'));
  });

  if (ON_POSTGRES)
    it('is not restored into a database that has anything in it', async () => {
      await make();
      const place = { ...database.place, dataDir: join(folder, 'restored') };
      await expect(restoreBackup(await findBackup(target), provider, place)).rejects.toThrow('is not empty');
      expect(existsSync(place.dataDir)).toBe(false);
    });
});
