import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqlite } from './sqlite-file.js';
import { TEST_DATABASE_KEY, testDatabase, type TestDatabase } from '../testing/index.js';

describe('Transactor', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await testDatabase([]);
    await database.dataSource.query('CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER)');
  });
  afterEach(() => database.close());

  const rows = () => database.dataSource.query<{ name: string }[]>('SELECT name FROM counter ORDER BY name');

  it('undoes only its own work when two writers overlap and one fails', async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
    const failing = database.transactor.run(async (manager) => {
      await manager.query("INSERT INTO counter VALUES ('failing', 1)");
      await pause();
      throw new Error('no');
    });
    const fine = database.transactor.run((manager) =>
      manager.query("INSERT INTO counter VALUES ('fine', 1)"),
    );
    await expect(failing).rejects.toThrow('no');
    await fine;
    expect(await rows()).toEqual([{ name: 'fine' }]);
  });

  it.each([200, 4_000])(
    'waits %i ms for another process that holds the write lock, without blocking the event loop',
    async (held) => {
      const other = openSqlite(database.dataSource.options.database as string, TEST_DATABASE_KEY);
      other.exec('BEGIN IMMEDIATE');
      let ticks = 0;
      const timer = setInterval(() => ticks++, 5);
      const write = database.transactor.run((manager) =>
        manager.query("INSERT INTO counter VALUES ('late', 1)"),
      );
      await new Promise((resolve) => setTimeout(resolve, held));
      other.exec('COMMIT');
      other.close();
      await write;
      clearInterval(timer);
      expect(ticks).toBeGreaterThan(1);
      expect(await rows()).toEqual([{ name: 'late' }]);
    },
  );

  it('makes commits durable and keeps readers free: WAL with synchronous FULL', async () => {
    expect(await database.dataSource.query('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await database.dataSource.query('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
  });
});
