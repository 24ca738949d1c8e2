import { join } from 'node:path';

import {
  askDatabaseKey,
  DATABASE_FILE,
  databaseKeySocket,
  openSqlite,
  type SqliteConnection,
} from '@vitrine/persistence';
import type { Stack } from './stack.js';

const KEY_WITHIN_MS = 5_000;

/** The database of a running stack, as a taken-over process has it. */
export async function openDatabase(stack: Stack): Promise<SqliteConnection> {
  const key = await askDatabaseKey(databaseKeySocket(stack.runDir), KEY_WITHIN_MS);
  const database = openSqlite(join(stack.dataDir, DATABASE_FILE), key);
  database.pragma('busy_timeout = 5000');
  return database;
}
