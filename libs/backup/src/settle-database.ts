import type { KeyObject } from 'node:crypto';
import Database from 'better-sqlite3-multiple-ciphers';
import { openSqlite } from '@vitrine/persistence';
import { BackupFailed } from './backup-failed.js';

/** What gives entry without asking anew. It may have been ended after the backup was made. */
const ENDED = ['sign_in', 'ticket'];

/**
 * Makes a restored database ready to be started on, durably. Throws `BackupFailed` when SQLite finds it broken.
 *
 * @param key Undefined for one in the clear, of an older version; the next start encrypts it.
 */
export function settleDatabase(path: string, key: KeyObject | undefined): void {
  const options = { fileMustExist: true };
  const database = key === undefined ? new Database(path, options) : openSqlite(path, key, options);
  try {
    database.pragma('synchronous = FULL');
    database.pragma('trusted_schema = OFF');
    if (database.pragma('quick_check', { simple: true }) !== 'ok')
      throw new BackupFailed('The database of the backup was broken already when the backup was made.');
    database.transaction(() => {
      for (const table of ENDED) database.exec(`DELETE FROM "${table}"`);
    })();
  } finally {
    database.close();
  }
}
