import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { newDataSource, databaseOptions } from '../src/database.js';
import type { DatabasePlace } from '../src/dialect.js';
import { TEST_DATABASE_KEY } from './test-key.js';

/** A server whose databases are all for tests; the run of tests starts it where they are to use PostgreSQL. */
const server = (): string | undefined => process.env['VITRINE_TEST_POSTGRES'];

/** For what only a server can do or suffer: where there is none, there is no such test. */
export const ON_POSTGRES = server() !== undefined;

/** The one that all others are copied from: migrated, and nothing in it. */
const TEMPLATE = 'vitrine_template';
const TEMPLATE_LOCK = 7;

/** The place of the database that belongs to a data root: the same each time. */
export async function placeIn(dataDir: string, key = TEST_DATABASE_KEY): Promise<DatabasePlace> {
  if (server() === undefined) return { dataDir, key };
  const name = nameOf(dataDir);
  await ensureDatabase(name);
  return { dataDir, databaseUrl: urlOf(name) };
}

/** The same place, made, without any table: to be restored to. */
export async function emptyPlaceIn(dataDir: string): Promise<DatabasePlace> {
  if (server() === undefined) return { dataDir };
  const name = nameOf(dataDir);
  await administer((admin) => admin.query(`CREATE DATABASE "${name}"`));
  return { dataDir, databaseUrl: urlOf(name) };
}

const nameOf = (dataDir: string) => `of_${createHash('sha256').update(dataDir).digest('hex').slice(0, 24)}`;

/** The place of a database of its own, empty. */
export async function newPlace(dataDir: string): Promise<DatabasePlace> {
  if (server() === undefined) return { dataDir, key: TEST_DATABASE_KEY };
  const name = `new_${randomUUID().replaceAll('-', '')}`;
  await ensureDatabase(name);
  return { dataDir, databaseUrl: urlOf(name) };
}

/** The database that belongs to a data root, if there is one. */
export async function removePlaceIn(dataDir: string): Promise<void> {
  if (server() !== undefined) await removePlace({ dataDir, databaseUrl: urlOf(nameOf(dataDir)) });
}

export async function removePlace({ databaseUrl }: DatabasePlace): Promise<void> {
  if (databaseUrl === undefined) return;
  const name = new URL(databaseUrl).pathname.slice(1);
  await administer((admin) => admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));
}

/** Settings for a process that is to use this place. */
export const environmentOf = ({ dataDir, databaseUrl }: DatabasePlace): Record<string, string> => ({
  VITRINE_DATA_DIR: dataDir,
  ...(databaseUrl === undefined ? {} : { VITRINE_DATABASE_URL: databaseUrl }),
});

function urlOf(name: string): string {
  const url = new URL(server()!);
  url.pathname = `/${name}`;
  return url.href;
}

async function ensureDatabase(name: string): Promise<void> {
  await administer(async (admin) => {
    // Workers of one run share the server.
    await admin.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const there = async (one: string) =>
      (await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [one])).rowCount === 1;
    if (!(await there(TEMPLATE))) {
      await admin.query(`CREATE DATABASE "${TEMPLATE}"`);
      const place = { dataDir: '/nowhere', databaseUrl: urlOf(TEMPLATE) };
      const migrated = newDataSource({ ...databaseOptions(place, []), migrationsRun: true });
      await (await migrated.initialize()).destroy();
    }
    if (!(await there(name)))
      await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${TEMPLATE}" STRATEGY file_copy`);
  });
}

async function administer<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: server() });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
