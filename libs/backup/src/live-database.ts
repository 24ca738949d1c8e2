import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { isProblem } from '@vitrine/kernel';
import {
  CannotCopy,
  copyFromServer,
  copyToServer,
  DATABASE_FILE,
  databaseOptions,
  dialectAt,
  isEmptyServer,
  openSqlite,
  type DatabasePlace,
  type LiveDatabase,
  type SqliteConnection,
} from '@vitrine/persistence';
import { BackupFailed } from './backup-failed.js';

/** A database, and the key of the embedded one that is a copy of it: of its own, where it is embedded itself. */
export type CopyPlace = DatabasePlace & { readonly key: KeyObject };

/**
 * Copies the database into the file `path` while others write to it: one state, without what was deleted. Whatever it
 * lies in, the copy is an embedded database, so a backup of the one can be restored to the other.
 */
export const copyLive = (place: CopyPlace, path: string): Promise<LiveDatabase> =>
  place.databaseUrl === undefined
    ? copyEmbedded(place, path)
    : reaching(place, () => copyServer(place, path));

/** Throws `BackupFailed` when the database that is to be restored to has anything in it. */
export async function requireEmptyDatabase(place: DatabasePlace): Promise<void> {
  if (place.databaseUrl === undefined || (await reaching(place, () => isEmptyServer(place)))) return;
  throw new BackupFailed('The database of VITRINE_DATABASE_URL is not empty: name a new one.');
}

/** Brings the restored file into the server's database, all of it or nothing. */
export const copyIntoServer = (path: string, place: CopyPlace): Promise<void> =>
  reaching(place, () => copyToServer(fileOptions(place, path), place));

const fileOptions = ({ dataDir, key }: CopyPlace, path: string) =>
  ({ ...databaseOptions({ dataDir, key }, []), database: path, enableWAL: false }) as ReturnType<
    typeof databaseOptions
  >;

function copyEmbedded({ dataDir, key }: CopyPlace, path: string): Promise<LiveDatabase> {
  const live = openLive(dataDir, key);
  try {
    live.prepare('VACUUM INTO ?').run(path);
    const stillThere = live.prepare('SELECT 1 FROM blob WHERE id = ?');
    return Promise.resolve({
      hasBlob: (blobId) => Promise.resolve(stillThere.get(blobId) !== undefined),
      close: () => Promise.resolve(void live.close()),
    });
  } catch (error) {
    live.close();
    throw error;
  }
}

async function copyServer(place: CopyPlace, path: string): Promise<LiveDatabase> {
  const server = await copyFromServer(place, fileOptions(place, path));
  // Hours may have passed since it was copied.
  return { ...server, hasBlob: (blobId) => reaching(place, () => server.hasBlob(blobId)) };
}

function openLive(dataDir: string, key: KeyObject): SqliteConnection {
  const path = join(dataDir, DATABASE_FILE);
  try {
    return openSqlite(path, key, { fileMustExist: true });
  } catch (error) {
    throw new BackupFailed(`The database ${path} cannot be opened.`, { cause: error });
  }
}

/** What a server may say against it, in a sentence: `BackupFailed`. */
async function reaching<T>(place: DatabasePlace, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CannotCopy) throw new BackupFailed(error.message, { cause: error });
    // A Problem has the words of the server as its cause.
    const said = isProblem(error, 'kernel.database-away') ? error.cause : error;
    if (dialectAt(place).judge(said) !== 'kernel.database-away') throw error;
    throw new BackupFailed(
      `The database of VITRINE_DATABASE_URL cannot be reached: ${(said as Error).message}`,
      { cause: error },
    );
  }
}
