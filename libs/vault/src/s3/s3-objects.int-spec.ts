import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { describeBlobStore } from '../../testing/describe-blob-store.js';
import { SwiftServer } from '../../testing/swift-server.js';
import { newProvider, testVault, VAULT_ENTITIES, type TestVault } from '../../testing/test-vault.js';
import { openObjects } from '../open-objects.js';

jest.setTimeout(120_000);

const provider = newProvider();
const installationId = newId();
let server: SwiftServer;
let database: TestDatabase;

beforeAll(async () => {
  server = await SwiftServer.start();
  database = await testDatabase(VAULT_ENTITIES);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

async function openVault(root: string): Promise<TestVault> {
  const dataDir = join(root, 'data');
  mkdirSync(dataDir, { recursive: true });
  const objectStorage = server.settings(basename(root));
  const objects = await openObjects({ dataDir, installationId, objectStorage });
  return testVault(database, dataDir, new FakeClock(), { provider, objects });
}

describeBlobStore('SealedBlobStore over object storage', async (root) => (await openVault(root)).store);

describe('Objects that are swept at start', () => {
  it('are what other processes left, not what this one reads at the moment', async () => {
    const root = mkdtempSync(join(tmpdir(), 'vitrine-swept-'));
    const settings = { dataDir: root, installationId, objectStorage: server.settings(newId()) };
    const [before, now] = [await openObjects(settings), await openObjects(settings)];
    const name = { patientId: newId(), blobId: newId() };
    const { file, commit } = await now.create(name);
    await file.writeFile('sealed');
    await commit();
    const [left, used] = [await before.fetch(name), await now.fetch(name)];
    expect(await now.sweep()).toBe(1);
    expect([existsSync(left.path), readFileSync(used.path, 'utf8')]).toEqual([false, 'sealed']);
    await Promise.all([left.release(), used.release()]);
    rmSync(root, { recursive: true });
  });
});
