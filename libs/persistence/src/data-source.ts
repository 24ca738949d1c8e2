import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3-multiple-ciphers';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from './migrations/index.js';
import { useKey } from './sqlite-file.js';

// SQLite blocks the event loop while it waits for a lock; the Transactor waits without blocking instead.
const LOCK_WAIT_MS = 50;

/** The embedded database, in the data root. */
export const DATABASE_FILE = 'vitrine.db';

/**
 * Options of the embedded database in the data root, with the given entities and all migrations.
 *
 * @param key 32 bytes; all of the file is encrypted with it.
 */
export const dataSourceOptions = (
  dataDir: string,
  entities: readonly Function[],
  key: KeyObject,
): DataSourceOptions => ({
  type: 'better-sqlite3',
  driver: Database,
  database: join(dataDir, DATABASE_FILE),
  entities: [...entities],
  migrations,
  migrationsTransactionMode: 'each',
  enableWAL: true,
  timeout: LOCK_WAIT_MS,
  prepareDatabase: (database: Database.Database) => {
    useKey(database, key);
    // An acknowledged write must survive a power cut: WAL with NORMAL loses commits, WAL with FULL does not.
    database.pragma('synchronous = FULL');
    database.pragma('trusted_schema = OFF');
    beginImmediately(database);
  },
});

/**
 * A deferred transaction that reads first and writes later fails at once (SQLITE_BUSY_SNAPSHOT) when the other
 * process wrote in between. Taking the write lock at BEGIN makes that impossible; reads outside of transactions
 * stay free in WAL mode. TypeORM has no option for it, so its BEGIN is rewritten here.
 */
function beginImmediately(database: Database.Database): void {
  const prepare = database.prepare.bind(database);
  database.prepare = (sql: string) =>
    prepare(sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE TRANSACTION' : sql);
}
