import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { databaseAt, ON_POSTGRES, testDatabase, type TestDatabase } from '../testing/index.js';
import { databaseOptions, newDataSource } from './database.js';
import { dialectOf } from './dialect.js';

@Entity('sample')
class Sample {
  @PrimaryColumn('text')
  id!: string;

  @Column('integer')
  bytes!: number;

  @Column('boolean', { default: false })
  seen!: boolean;

  @Column('blob', { nullable: true })
  icon!: Buffer | null;
}

describe('a database', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testDatabase([Sample]);
    const bytes = database.dataSource.options.type === 'postgres' ? 'bytea' : 'blob';
    const text = database.dataSource.options.type === 'postgres' ? 'text COLLATE "C"' : 'text';
    await database.dataSource.query(
      `CREATE TABLE "sample" ("id" ${text} PRIMARY KEY NOT NULL, "bytes" bigint NOT NULL, "seen" boolean NOT NULL, "icon" ${bytes})`,
    );
  });
  afterEach(() => database.close());

  const samples = () => database.dataSource.getRepository(Sample);
  const add = (change: Partial<Sample>) =>
    database.transactor.run((manager) =>
      manager.insert(Sample, { id: 'a', bytes: 0, seen: false, icon: null, ...change }),
    );

  it('gives back numbers beyond 32 bits, truth and bytes as they were, and sums as numbers', async () => {
    const sample = { id: 'a', bytes: 7 * 1024 ** 4, seen: true, icon: Buffer.from([0, 255, 10]) };
    await add(sample);
    await add({ id: 'b', bytes: 2 ** 40 });
    expect(await samples().findOneBy({ id: 'a' })).toEqual(sample);
    expect(await samples().sum('bytes')).toBe(7 * 1024 ** 4 + 2 ** 40);
    expect(await samples().count()).toBe(2);
  });

  it('orders texts by their bytes', async () => {
    const ids = ['Z', 'a', 'B', 'ä', '1', 'é', '😀', '_', ''];
    for (const id of ids) await add({ id });
    const found = (await samples().find({ order: { id: 'ASC' } })).map(({ id }) => id);
    expect(found).toEqual(ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it('is away, and not broken, where nothing listens', async () => {
    const place = { dataDir: '/nowhere', databaseUrl: 'postgresql://vitrine@localhost/x?host=/nowhere' };
    const nowhere = newDataSource(databaseOptions(place, []));
    const error: unknown = await nowhere.initialize().catch((thrown: unknown) => thrown);
    expect(dialectOf(nowhere).judge(error)).toBe('kernel.database-away');
  });

  if (ON_POSTGRES) {
    it('answers again after the server has broken off all connections, and says what happened to those', async () => {
      const other = await databaseAt(database.place, [Sample]);
      const breakOff = () =>
        other.dataSource.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        );
      const broken = database.transactor.run(async (manager) => {
        await manager.insert(Sample, { id: 'half', bytes: 0, seen: false, icon: null });
        await breakOff();
        await manager.insert(Sample, { id: 'whole', bytes: 0, seen: false, icon: null });
      });
      await expect(broken).rejects.toMatchObject({ code: 'kernel.database-away' });
      expect(await samples().find()).toEqual([]);
      await add({ id: 'next' });
      expect(await samples().count()).toBe(1);
      await other.close();
    });

    it('refuses a text that it cannot keep as something that is wrong with the text', async () => {
      await expect(add({ id: 'a\0b' })).rejects.toMatchObject({ code: 'kernel.invalid' });
      await expect(samples().findBy({ id: '\0' })).rejects.toMatchObject({ code: 'kernel.invalid' });
    });
  }
});
