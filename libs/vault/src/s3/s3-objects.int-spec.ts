import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, jest } from '@jest/globals';
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
