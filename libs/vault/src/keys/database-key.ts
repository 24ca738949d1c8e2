import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Settings } from '@vitrine/kernel';
import { DATABASE_FILE, encryptDatabase, kindOfDatabase, openSqlite } from '@vitrine/persistence';
import { newKey } from '@vitrine/sealing';
import { openKeySources } from './key-sources.js';
import { VaultLocked } from './key-provider.js';
import { keysInPlain } from './keys-in-plain.js';
import {
  DATABASE_KEY_FILE,
  readDatabaseKey,
  unwrapDatabaseKey,
  wrapDatabaseKey,
  writeDatabaseKey,
} from './wrapped-database-key.js';

/**
 * At start, before the database is opened: its key, made at first use and wrapped anew where the operator names the
 * previous key-encryption key. A database in the clear, of an older version, is encrypted. Throws `VaultLocked`; what
 * is stored is as it was then.
 */
export async function openDatabaseKey(
  settings: Pick<Settings, 'dataDir' | 'vault' | 'installationId'>,
): Promise<KeyObject> {
  const { dataDir, installationId } = settings;
  const path = join(dataDir, DATABASE_FILE);
  const [stored, kind] = [await readDatabaseKey(dataDir), await kindOfDatabase(path)];
  if (stored === undefined && kind === 'encrypted')
    throw new VaultLocked(
      `The file ${join(dataDir, DATABASE_KEY_FILE)} is not there, and the database cannot be read without it: put back the data folder as a whole, or restore a backup.`,
    );
  const used =
    stored === undefined
      ? kind === 'plain'
        ? keysInPlain(path)
        : new Set<string>()
      : new Set([stored.keyEncryptionKeyId]);
  const { current, former } = await openKeySources(settings, used);
  const key =
    stored === undefined ? newKey() : await unwrapDatabaseKey(stored, former ?? current, installationId);
  // While the key is still there by way of the former one, so that nothing is lost by looking at it.
  if (kind === 'encrypted') requireOpens(path, key);
  if (stored === undefined || former !== undefined)
    await writeDatabaseKey(dataDir, await wrapDatabaseKey(key, current, installationId));
  if (kind === 'plain') await encrypt(path, key);
  return key;
}

function requireOpens(path: string, key: KeyObject): void {
  try {
    openSqlite(path, key).close();
  } catch (error) {
    if ((error as { code?: string }).code !== 'SQLITE_NOTADB') throw error;
    throw new VaultLocked(
      `The database ${path} does not open with the key beside it: one of the two is damaged or of another installation.`,
      { cause: error },
    );
  }
}

const ENCRYPTING_FAILED: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'another process works with it: end that, and start again',
  SQLITE_FULL: 'there is no room for the copy: as much as the database has is needed once',
};

async function encrypt(path: string, key: KeyObject): Promise<void> {
  try {
    await encryptDatabase(path, key);
  } catch (error) {
    const why = ENCRYPTING_FAILED[(error as { code?: string }).code ?? ''];
    if (why === undefined) throw error;
    throw new VaultLocked(
      `The database ${path} is in the clear and has to be encrypted before it is used, but ${why}.`,
      { cause: error },
    );
  }
}
