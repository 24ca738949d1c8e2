import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/data-source.js';
import { Transactor } from '../src/transactor.js';
import { TEST_DATABASE_KEY } from './test-key.js';

export { TEST_DATABASE_KEY };

export interface TestDatabase {
  readonly dataSource: DataSource;
  readonly transactor: Transactor;
  close(): Promise<void>;
}

/** A real database file with the product's own migrations, in a folder of its own that `close` removes. */
export async function testDatabase(entities: readonly Function[]): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-db-'));
  const database = await databaseIn(folder, entities);
  return {
    ...database,
    close: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The database of a data root, made when it is missing; it stays there. */
export async function databaseIn(
  folder: string,
  entities: readonly Function[],
  key = TEST_DATABASE_KEY,
): Promise<TestDatabase> {
  const dataSource = await new DataSource({
    ...dataSourceOptions(folder, entities, key),
    migrationsRun: true,
  }).initialize();
  return { dataSource, transactor: new Transactor(dataSource), close: () => dataSource.destroy() };
}
