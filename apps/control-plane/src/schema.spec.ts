import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { ENTITIES } from './entities.js';

/** On SQLite `npm run migration -- --check` says so too; only here it is asked of PostgreSQL. */
describe('the database that the migrations make', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase(ENTITIES);
  });
  afterAll(() => database.close());

  it('is the one that the entities describe', async () => {
    const { driver, entityMetadatas, options } = database.dataSource;
    // Entities say nothing of the order of texts; on PostgreSQL all of them are ordered by bytes.
    if (options.type === 'postgres')
      for (const column of entityMetadatas.flatMap(({ columns }) => columns))
        if (driver.normalizeType(column) === 'text') column.collation = 'C';
    const { upQueries } = await driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });
});
