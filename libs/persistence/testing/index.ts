import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { databaseOptions, newDataSource } from '../src/database.js';
import type { DatabasePlace } from '../src/dialect.js';
import { Transactor } from '../src/transactor.js';
import { newPlace, placeIn, removePlace } from './places.js';
import { TEST_DATABASE_KEY } from './test-key.js';

export { emptyPlaceIn, environmentOf, ON_POSTGRES, placeIn, removePlace, removePlaceIn } from './places.js';
export { TEST_DATABASE_KEY };

export interface TestDatabase {
  readonly place: DatabasePlace;
  readonly dataSource: DataSource;
  readonly transactor: Transactor;
  close(): Promise<void>;
}

/** A real database with the product's own migrations, which `close` removes, in a folder of its own. */
export async function testDatabase(entities: readonly Function[]): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-db-'));
  const place = await newPlace(folder);
  const database = await databaseAt(place, entities);
  return {
    ...database,
    close: async () => {
      await database.close();
      await removePlace(place);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The database of a data root, made when it is missing; it stays there. */
export const databaseIn = async (
  folder: string,
  entities: readonly Function[],
  key = TEST_DATABASE_KEY,
): Promise<TestDatabase> => databaseAt(await placeIn(folder, key), entities);

/** What another process would have of the same database. */
export async function databaseAt(place: DatabasePlace, entities: readonly Function[]): Promise<TestDatabase> {
  const options = { ...databaseOptions(place, entities), migrationsRun: true };
  const dataSource = await newDataSource(options).initialize();
  return { place, dataSource, transactor: new Transactor(dataSource), close: () => dataSource.destroy() };
}
