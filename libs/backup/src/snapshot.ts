import { createHash, type KeyObject } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vitrine/kernel';
import { openSqlite } from '@vitrine/persistence';
import { copyLive, type CopyPlace } from './live-database.js';
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
  wasDeleted(blobId: string): Promise<boolean>;
  /** Removes the file. */
  discard(): Promise<void>;
}

const PART = /^\.snapshot-[0-9a-f]{32}\.db(-journal)?$/;

/**
 * Copies the database while others write to it. It reads one state, holds up no writer, and leaves out what was deleted,
 * keys of patients among it. The copy is encrypted with the key of the place, and lies in the data folder and not where
 * the backup goes.
 */
export async function takeSnapshot(place: CopyPlace): Promise<Snapshot> {
  const { dataDir, key } = place;
  await sweepParts(dataDir, PART);
  const path = join(dataDir, `.snapshot-${newId()}.db`);
  try {
    await (await open(path, 'wx', 0o600)).close();
    const live = await copyLive(place, path);
    const discard = async (): Promise<void> => {
      await live.close();
      await rm(path, { force: true });
    };
    try {
      return {
        path,
        ...contentOfSnapshot(path, key),
        wasDeleted: async (blobId) => !(await live.hasBlob(blobId)),
        discard,
      };
    } catch (error) {
      await discard();
      throw error;
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
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
