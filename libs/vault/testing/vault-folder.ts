import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { SystemClock, type ObjectStorageSettings } from '@vitrine/kernel';
import { databaseIn } from '@vitrine/persistence/testing';
import { openKeyFile } from '../src/keys/key-file.js';
import type { KeyProvider } from '../src/keys/key-provider.js';
import { openObjects } from '../src/open-objects.js';
import { testVault, VAULT_ENTITIES, type TestVault } from './test-vault.js';

/** Of every vault in a folder. */
const INSTALLATION = 'f'.repeat(32);

/**
 * Opens the vault and the database of `<folder>/data`, made when they are missing; the key is `<folder>/key`. The
 * stored files lie there too, or in object storage.
 */
export async function openVaultIn(
  folder: string,
  objectStorage?: ObjectStorageSettings,
): Promise<TestVault & { close(): Promise<void> }> {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { recursive: true });
  const database = await databaseIn(dataDir, VAULT_ENTITIES);
  const provider = await providerIn(folder);
  const objects = await openObjects({ dataDir, installationId: INSTALLATION, objectStorage });
  return { ...testVault(database, dataDir, new SystemClock(), { provider, objects }), close: database.close };
}

/** The key `<folder>/key`, made when it is missing. */
export const providerIn = (folder: string): Promise<KeyProvider> => openKeyFile(join(folder, 'key'), true);
