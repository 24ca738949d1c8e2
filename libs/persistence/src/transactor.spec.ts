import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseAt, testDatabase, type TestDatabase } from '../testing/index.js';

describe('Transactor', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await testDatabase([]);
    await database.dataSource.query('CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER)');
  });
  afterEach(() => database.close());

  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const rows = () => database.dataSource.query<{ name: string }[]>('SELECT name FROM counter ORDER BY name');
  const valueOf = async (name: string): Promise<number> => {
    const [row] = await database.dataSource.query<{ value: number }[]>(
      `SELECT value FROM counter WHERE name = '${name}'`,
    );
    return row?.value ?? NaN;
  };

  it('undoes only its own work when two writers overlap and one fails', async () => {
    const failing = database.transactor.run(async (manager) => {
      await manager.query("INSERT INTO counter VALUES ('failing', 1)");
      await pause(10);
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
      const other = await databaseAt(database.place, []);
      let holds = (): void => undefined;
      const holding = new Promise<void>((resolve) => (holds = resolve));
      const first = other.transactor.run(async () => {
        holds();
        await pause(held);
      });
      await holding;
      let ticks = 0;
      const timer = setInterval(() => ticks++, 5);
      await database.transactor.run((manager) => manager.query("INSERT INTO counter VALUES ('late', 1)"));
      clearInterval(timer);
      await first;
      await other.close();
      expect(ticks).toBeGreaterThan(1);
      expect(await rows()).toEqual([{ name: 'late' }]);
    },
  );

  it('lets nothing change between what a transaction reads and what it writes, in whatever process', async () => {
    const others = await Promise.all([1, 2, 3].map(() => databaseAt(database.place, [])));
    await database.transactor.run((manager) => manager.query("INSERT INTO counter VALUES ('sum', 0)"));
    const addOne = ({ transactor }: TestDatabase) =>
      transactor.run(async (manager) => {
        const [row] = await manager.query<{ value: number }[]>('SELECT value FROM counter');
        await pause(1);
        await manager.query(`UPDATE counter SET value = ${(row?.value ?? NaN) + 1}`);
      });
    await Promise.all([database, ...others].flatMap((one) => Array.from({ length: 8 }, () => addOne(one))));
    expect(await valueOf('sum')).toBe(32);
    await Promise.all(others.map((one) => one.close()));
  });

  it('frees the write lock of a process that ended in the middle of a transaction', async () => {
    const other = await databaseAt(database.place, []);
    const broken = other.transactor
      .run(async (manager) => {
        await manager.query("INSERT INTO counter VALUES ('half', 1)");
        // What the operating system does to the connection of a process that was killed.
        await breakOff(other);
        await manager.query("INSERT INTO counter VALUES ('whole', 1)");
      })
      .catch(() => 'broken');
    await broken;
    await database.transactor.run((manager) => manager.query("INSERT INTO counter VALUES ('next', 1)"));
    expect(await rows()).toEqual([{ name: 'next' }]);
    await other.close().catch(() => undefined);
  });

  it('makes commits durable', async () => {
    const durable = (sql: string) => database.transactor.run((manager) => manager.query<unknown>(sql));
    if (database.dataSource.options.type === 'postgres')
      expect(await durable('SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
    else {
      expect(await durable('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
      expect(await durable('PRAGMA synchronous')).toEqual([{ synchronous: 2 }]);
    }
  });
});

/** Cuts the connections of a database that is not ours any more. */
async function breakOff({ dataSource }: TestDatabase): Promise<void> {
  if (dataSource.options.type !== 'postgres') return dataSource.destroy();
  const { connectedQueryRunners } = dataSource.driver as unknown as {
    connectedQueryRunners: { databaseConnection: { connection: { stream: { destroy(): void } } } }[];
  };
  for (const runner of connectedQueryRunners) runner.databaseConnection.connection.stream.destroy();
}
