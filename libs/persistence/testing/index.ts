import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/data-source.js';
import { Transactor } from '../src/transactor.js';

export interface TestDatabase {
  readonly dataSource: DataSource;
  readonly transactor: Transactor;
  close(): Promise<void>;
}

/** A real database file with the product's own migrations, in a folder of its own that `close` removes. */
export async function testDatabase(entities: readonly Function[]): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-db-'));
  const dataSource = await new DataSource({
    ...dataSourceOptions(folder, entities),
    migrationsRun: true,
  }).initialize();
  return {
    dataSource,
    transactor: new Transactor(dataSource),
    close: async () => {
      await dataSource.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
