import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { SystemClock } from '@vitrine/kernel';
import { dataSourceOptions, Transactor } from '@vitrine/persistence';
import { openKeyFile } from '../src/keys/key-file.js';
import { testVault, VAULT_ENTITIES, type TestVault } from './test-vault.js';

/** Opens the vault and the database of `<folder>/data`, made when they are missing; the key is `<folder>/key`. */
export async function openVaultIn(folder: string): Promise<TestVault & { close(): Promise<void> }> {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { recursive: true });
  const dataSource = await new DataSource({
    ...dataSourceOptions(dataDir, VAULT_ENTITIES),
    migrationsRun: true,
  }).initialize();
  const close = () => dataSource.destroy();
  const database = { dataSource, transactor: new Transactor(dataSource), close };
  const provider = await openKeyFile(join(folder, 'key'), true);
  return { ...testVault(database, dataDir, new SystemClock(), { provider }), close };
}
