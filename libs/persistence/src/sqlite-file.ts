import type { KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import Database from 'better-sqlite3-multiple-ciphers';

export type SqliteConnection = Database.Database;

/** Opens an encrypted database file. Throws `SqliteError`: `SQLITE_NOTADB` where the key is another or the file is not encrypted. */
export function openSqlite(path: string, key: KeyObject, options?: Database.Options): SqliteConnection {
  const database = new Database(path, options);
  try {
    useKey(database, key);
    database.pragma('schema_version');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * The first thing that happens on a connection. Each page of the file, and of its journals, is encrypted by AES-256 and
 * authenticated with its number, in the format of SQLCipher 4.
 *
 * @param key 32 bytes; used as it is.
 */
export function useKey(database: SqliteConnection, key: KeyObject): void {
  setCipher(database);
  database.pragma(`key = "${rawKey(key)}"`);
  // What does not fit into memory would go to a temporary file, in the clear.
  database.pragma('temp_store = MEMORY');
}

export function setCipher(database: SqliteConnection): void {
  database.pragma("cipher = 'sqlcipher'");
  database.pragma('legacy = 4');
}

/** In hexadecimal form it is no passphrase, of which a key would have to be made, slowly. */
export const rawKey = (key: KeyObject): string => `x'${key.export().toString('hex')}'`;

const PLAIN = Buffer.from('SQLite format 3\0');

/** What a database file is, told by how it begins. One that was made and never written counts as missing. */
export async function kindOfDatabase(path: string): Promise<'missing' | 'plain' | 'encrypted'> {
  const file = await open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  });
  if (file === undefined) return 'missing';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PLAIN.length), 0, PLAIN.length, 0);
    if (bytesRead === 0) return 'missing';
    return buffer.equals(PLAIN) ? 'plain' : 'encrypted';
  } finally {
    await file.close();
  }
}
