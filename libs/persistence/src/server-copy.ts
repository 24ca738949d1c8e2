import { MigrationExecutor, type DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { copyRows } from './copy-rows.js';
import { databaseOptions, newDataSource } from './database.js';
import type { DatabasePlace } from './dialect.js';
import { postgresSide, settleSequences } from './postgres/postgres-copy.js';
import { knowsMigration } from './migrations/index.js';
import { sqliteSide } from './sqlite/sqlite-copy.js';

/** The database that goes on while a copy of it is made and used. */
export interface LiveDatabase {
  /** Does a blob still have its row? */
  hasBlob(blobId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** What is to be copied is no database of ours, or not of this version. The message is for the operator. */
export class CannotCopy extends Error {}

/** Options of an embedded database in this file. */
type FileOptions = ReturnType<typeof databaseOptions>;

/**
 * Copies the server's database, as it is at one moment and while others write to it, into a new embedded database that
 * the same migrations made. Throws `CannotCopy`.
 */
export async function copyFromServer(place: DatabasePlace, file: FileOptions): Promise<LiveDatabase> {
  const server = await newDataSource(databaseOptions(place, [])).initialize();
  try {
    const runner = server.createQueryRunner();
    try {
      await runner.query('START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const ran = await migrationsOf(runner);
      await withFile({ ...file, ...onlyThose(file, ran) }, async (target) => {
        await target.runMigrations();
        const into = target.createQueryRunner();
        await into.startTransaction();
        await copyRows(postgresSide(runner), sqliteSide(into));
        await into.commitTransaction();
        await into.release();
      });
      await runner.query('COMMIT');
    } finally {
      await runner.release();
    }
  } catch (error) {
    await server.destroy();
    throw error;
  }
  return {
    hasBlob: async (blobId) =>
      (await server.sql<unknown[]>`SELECT 1 FROM "blob" WHERE "id" = ${blobId}`).length > 0,
    close: () => server.destroy(),
  };
}

/** True for a database of a server in which there is no table yet. */
export async function isEmptyServer(place: DatabasePlace): Promise<boolean> {
  const server = await newDataSource(databaseOptions(place, [])).initialize();
  try {
    const tables = await server.query<unknown[]>(
      'SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() LIMIT 1',
    );
    return tables.length === 0;
  } finally {
    await server.destroy();
  }
}

/** Makes an empty database of a server what the embedded one in the file is; all of it or nothing. */
export async function copyToServer(file: FileOptions, place: DatabasePlace): Promise<void> {
  await withFile(file, async (source) => {
    const from = source.createQueryRunner();
    const ran = await migrationsOf(from);
    const options = databaseOptions(place, []);
    const server = await newDataSource({ ...options, ...onlyThose(options, ran) }).initialize();
    const runner = server.createQueryRunner();
    try {
      await runner.startTransaction();
      const migrating = new MigrationExecutor(server, runner);
      migrating.transaction = 'none';
      await migrating.executePendingMigrations();
      await copyRows(sqliteSide(from), postgresSide(runner));
      await settleSequences(runner);
      await runner.commitTransaction();
    } finally {
      await runner.release();
      await from.release();
      await server.destroy();
    }
  });
}

async function migrationsOf(runner: QueryRunner): Promise<Set<string>> {
  if (!(await runner.hasTable('migrations')))
    throw new CannotCopy('There is no Vitrine in the database: start Vitrine once before.');
  const rows = (await runner.query('SELECT "name" FROM "migrations"')) as { name: string }[];
  const names = rows.map(({ name }) => name);
  if (!names.every(knowsMigration))
    throw new CannotCopy('The database is of a newer version of Vitrine: use that one.');
  return new Set(names);
}

/** The program may be newer than the database, which is copied as it is. */
function onlyThose({ migrations }: FileOptions, ran: ReadonlySet<string>): Pick<FileOptions, 'migrations'> {
  const all = (migrations ?? []) as (new () => MigrationInterface)[];
  return { migrations: all.filter((one) => ran.has(new one().name ?? one.name)) };
}

async function withFile(file: FileOptions, work: (source: DataSource) => Promise<void>): Promise<void> {
  const source = await newDataSource(file).initialize();
  try {
    await work(source);
  } finally {
    await source.destroy();
  }
}
