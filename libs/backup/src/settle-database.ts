import Database from 'better-sqlite3';
import { BackupFailed } from './backup-failed.js';

/** What gives entry without asking anew. It may have been ended after the backup was made. */
const ENDED = ['sign_in', 'ticket'];

/** Makes a restored database ready to be started on, durably. Throws `BackupFailed` when SQLite finds it broken. */
export function settleDatabase(path: string): void {
  const database = new Database(path, { fileMustExist: true });
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
