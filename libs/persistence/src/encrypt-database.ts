import type { KeyObject } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'better-sqlite3-multiple-ciphers';
import { syncFolder } from '@vitrine/kernel';
import { openSqlite, rawKey, setCipher } from './sqlite-file.js';

/**
 * Encrypts a database that an older version wrote in the clear. The encrypted copy is whole, looked through and flushed
 * before it takes the place of the file, so at any moment one of the two is there; broken off, it is simply done again.
 * Keeps everybody else out meanwhile. Throws `SqliteError`: `SQLITE_BUSY` while another process has the file open.
 */
export async function encryptDatabase(path: string, key: KeyObject): Promise<void> {
  const copy = `${path}.encrypting`;
  await removeCopy(copy);
  const plain = new Database(path, { fileMustExist: true });
  try {
    plain.pragma('temp_store = MEMORY');
    // The log goes into the file and is removed with all that it has in the clear.
    plain.pragma('journal_mode = DELETE');
    // Afterwards, because a journal of an exclusive connection stays until it is closed, which a killed one never is.
    plain.pragma('locking_mode = EXCLUSIVE');
    plain.exec('BEGIN EXCLUSIVE; COMMIT');
    await (await open(copy, 'wx', 0o600)).close();
    // Without what was deleted, which would otherwise be encrypted and kept.
    plain.prepare('VACUUM INTO ?').run(copy);
    encryptInPlace(copy, key);
    requireWhole(copy, key);
    await syncFile(copy);
    await rename(copy, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await removeCopy(copy);
    throw error;
  } finally {
    plain.close();
  }
}

/** Of a copy, which may be half of each for a while and is of no use then. */
function encryptInPlace(path: string, key: KeyObject): void {
  const database = new Database(path, { fileMustExist: true });
  try {
    database.pragma('temp_store = MEMORY');
    // A journal would hold the pages as they were before.
    database.pragma('journal_mode = MEMORY');
    setCipher(database);
    database.pragma(`rekey = "${rawKey(key)}"`);
  } finally {
    database.close();
  }
}

function requireWhole(path: string, key: KeyObject): void {
  const database = openSqlite(path, key, { readonly: true });
  try {
    const found = database.pragma('quick_check', { simple: true });
    if (found !== 'ok') throw new Error(`The encrypted copy of the database is broken: ${String(found)}`);
  } finally {
    database.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

const removeCopy = async (copy: string): Promise<void> => {
  for (const one of [copy, `${copy}-journal`]) await rm(one, { force: true });
};
