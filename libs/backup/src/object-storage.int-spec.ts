import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId, SystemClock, type ObjectStorageSettings } from '@vitrine/kernel';
import { databaseIn } from '@vitrine/persistence/testing';
import { openObjects, type KeyProvider } from '@vitrine/vault';
import {
  bytesOf,
  CANARY,
  databaseKeyIn,
  filesWith,
  providerIn,
  SwiftServer,
  testVault,
  VAULT_ENTITIES,
  sweepAll,
} from '@vitrine/vault/testing';
import { backUp, checkBackup, findBackup, restoreBackup } from './index.js';

jest.setTimeout(180_000);

const MIB = 1024 ** 2;

describe('A backup of object storage', () => {
  const installationId = newId();
  const patientId = newId();
  let server: SwiftServer;
  let folder: string;
  let target: string;
  let provider: KeyProvider;
  let installation: Awaited<ReturnType<typeof opened>>;

  beforeAll(async () => {
    server = await SwiftServer.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-backup-'));
    target = join(folder, 'backups');
    provider = await providerIn(folder);
    installation = await opened(join(folder, 'data'), server.settings(newId()));
  });
  afterEach(async () => {
    await server.resume();
    await installation.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function opened(dataDir: string, objectStorage?: ObjectStorageSettings) {
    mkdirSync(dataDir, { recursive: true });
    const key = await databaseKeyIn(dataDir, installationId, provider);
    const database = await databaseIn(dataDir, VAULT_ENTITIES, key);
    const objects = await openObjects({ dataDir, installationId, objectStorage });
    const { vault, store } = testVault(database, dataDir, new SystemClock(), { provider, objects });
    return { dataDir, objectStorage, vault, store, close: database.close };
  }
  const put = async (content: Buffer) =>
    (await installation.vault.put(patientId, Readable.from([content]))).blobId;
  const make = () => {
    const { dataDir, objectStorage } = installation;
    return backUp({ dataDir, objectStorage, installationId, target, provider });
  };
  const contents = [Buffer.from(CANARY.repeat(9)), randomBytes(20 * MIB)];

  it.each(['another place in it', 'a folder'])('is restored byte for byte into %s', async (place) => {
    const ids = [await put(contents[0]!), await put(contents[1]!)];
    expect(await make()).toMatchObject({ copied: 2, lost: [] });
    expect(await make()).toMatchObject({ copied: 0, lost: [] });
    expect(filesWith(CANARY, target)).toEqual([]);
    const backup = await findBackup(target);
    expect(await checkBackup(backup, provider)).toEqual({ intact: 2, damaged: [] });
    const dataDir = join(folder, 'restored');
    const objectStorage = place === 'a folder' ? undefined : server.settings(newId());
    expect(await restoreBackup(backup, provider, { dataDir }, objectStorage)).toEqual({
      intact: 2,
      damaged: [],
    });
    const restored = await opened(dataDir, objectStorage);
    for (const [index, id] of ids.entries())
      expect((await bytesOf(await restored.vault.open(patientId, id))).equals(contents[index]!)).toBe(true);
    expect(await sweepAll(restored.vault)).toBe(0);
    await restored.close();
  });

  it('tells a lost file from a store that is away', async () => {
    const [lost] = [await put(contents[0]!), await put(Buffer.from('kept'))];
    await installation.store.remove({ patientId, blobId: lost });
    expect(await make()).toMatchObject({ copied: 1, lost: [`${patientId}/${lost}`] });
    await server.cut();
    await expect(make()).rejects.toMatchObject({ code: 'vault.unreachable' });
    expect(readdirSync(target).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await checkBackup(await findBackup(target), provider)).toEqual({ intact: 1, damaged: [] });
  });

  it('is not restored among the files of the original', async () => {
    const blobId = await put(contents[0]!);
    await make();
    const restored = join(folder, 'restored');
    const restoring = restoreBackup(
      await findBackup(target),
      provider,
      { dataDir: restored },
      installation.objectStorage,
    );
    await expect(restoring).rejects.toThrow('set another VITRINE_S3_PREFIX');
    expect(existsSync(restored) ? readdirSync(restored) : []).toEqual([]);
    expect((await bytesOf(await installation.vault.open(patientId, blobId))).equals(contents[0]!)).toBe(true);
  });
});
