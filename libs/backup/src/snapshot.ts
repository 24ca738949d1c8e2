import { createHash, type KeyObject } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { DATABASE_FILE, openSqlite, type SqliteConnection } from '@vitrine/persistence';
import { BackupFailed } from './backup-failed.js';
import { sweepParts } from './sweep-parts.js';

export interface SnapshotBlob {
  readonly patientId: string;
  readonly blobId: string;
  /** Plain. */
  readonly bytes: number;
  /** As `ListedBlob.seal`. */
  readonly seal: string;
}

/** The database as it was at one moment, in a file of its own. */
export interface Snapshot {
  readonly path: string;
  /** The newest migration that ran. */
  readonly schema: string;
  /** The keys that wrap those of patients. */
  readonly keyIds: readonly string[];
  readonly blobs: readonly SnapshotBlob[];
  /** Is the row gone from the database that goes on? */
  wasDeleted(blobId: string): boolean;
  /** Removes the file. */
  discard(): Promise<void>;
}

const PART = /^\.snapshot-[0-9a-f]{32}\.db(-journal)?$/;

/**
 * Copies the database while others write to it. `VACUUM INTO` reads one state, holds up no writer, and leaves out what
 * was deleted, keys of patients among it. The copy is encrypted with the same key, and lies in the data folder and not
 * where the backup goes.
 */
export async function takeSnapshot(dataDir: string, key: KeyObject): Promise<Snapshot> {
  await sweepParts(dataDir, PART);
  const path = join(dataDir, `.snapshot-${newId()}.db`);
  const live = openLive(dataDir, key);
  const discard = async (): Promise<void> => {
    live.close();
    await rm(path, { force: true });
  };
  try {
    await (await open(path, 'wx', 0o600)).close();
    live.prepare('VACUUM INTO ?').run(path);
    const stillThere = live.prepare('SELECT 1 FROM blob WHERE id = ?');
    return {
      path,
      ...contentOfSnapshot(path, key),
      wasDeleted: (blobId) => stillThere.get(blobId) === undefined,
      discard,
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

function openLive(dataDir: string, key: KeyObject): SqliteConnection {
  const path = join(dataDir, DATABASE_FILE);
  try {
    return openSqlite(path, key, { fileMustExist: true });
  } catch (error) {
    throw new BackupFailed(`The database ${path} cannot be opened.`, { cause: error });
  }
}

function contentOfSnapshot(path: string, key: KeyObject): Pick<Snapshot, 'schema' | 'keyIds' | 'blobs'> {
  const snapshot = openSqlite(path, key, { readonly: true });
  try {
    const column = (sql: string): string[] => snapshot.prepare<[], string>(sql).pluck().all();
    const blobs = snapshot
      .prepare<[], { id: string; patientId: string; bytes: number; seal: string | null }>(
        'SELECT id, patientId, bytes, seal FROM blob ORDER BY patientId, id',
      )
      .all();
    return {
      schema: column('SELECT name FROM migrations ORDER BY timestamp DESC LIMIT 1')[0] ?? '',
      keyIds: column('SELECT DISTINCT keyEncryptionKeyId FROM patient_key'),
      blobs: blobs.map(({ id, patientId, bytes, seal }) => ({
        patientId,
        blobId: id,
        bytes,
        seal: createHash('sha256')
          .update(seal ?? '')
          .digest('hex'),
      })),
    };
  } finally {
    snapshot.close();
  }
}
