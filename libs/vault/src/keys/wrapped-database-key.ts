import type { KeyObject } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '@vitrine/kernel';
import { DATABASE_FILE } from '@vitrine/persistence';
import { contextOf, SealBroken } from '@vitrine/sealing';
import { VaultLocked, type KeyProvider } from './key-provider.js';

/** Beside the database: the key that all of it is encrypted with, wrapped by the key-encryption key. */
export const DATABASE_KEY_FILE = `${DATABASE_FILE}.wrapped-key`;

/** What is in that file. It opens nothing without the key-encryption key. */
export interface WrappedDatabaseKey {
  readonly keyEncryptionKeyId: string;
  readonly wrappedKey: string;
}

/** Undefined where there is none yet. Throws `VaultLocked` for what is none. */
export async function readDatabaseKey(dataDir: string): Promise<WrappedDatabaseKey | undefined> {
  const path = join(dataDir, DATABASE_KEY_FILE);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const untrusted = JSON.parse(text) as Partial<Record<keyof WrappedDatabaseKey, unknown>>;
    const { keyEncryptionKeyId, wrappedKey } = untrusted;
    if (typeof keyEncryptionKeyId === 'string' && typeof wrappedKey === 'string')
      return { keyEncryptionKeyId, wrappedKey };
  } catch {
    // Said below.
  }
  throw new VaultLocked(`The file ${path} is damaged: restore a backup.`);
}

/** Throws `VaultLocked` when another key wraps it. */
export async function unwrapDatabaseKey(
  { keyEncryptionKeyId, wrappedKey }: WrappedDatabaseKey,
  provider: KeyProvider,
  installationId: string,
): Promise<KeyObject> {
  if (keyEncryptionKeyId !== provider.id)
    throw new VaultLocked('The key is not the one with which the database was encrypted.');
  try {
    return await provider.unwrap(wrappedKey, contextOf('database key', installationId));
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    throw new VaultLocked(
      'The wrapped key of the database is damaged, or of another installation: restore a backup.',
      {
        cause: error,
      },
    );
  }
}

export const wrapDatabaseKey = async (
  key: KeyObject,
  provider: KeyProvider,
  installationId: string,
): Promise<WrappedDatabaseKey> => ({
  keyEncryptionKeyId: provider.id,
  wrappedKey: await provider.wrap(key, contextOf('database key', installationId)),
});

/** At any moment the file is there as it was before, or as it is from now on. */
export async function writeDatabaseKey(dataDir: string, wrapped: WrappedDatabaseKey): Promise<void> {
  const path = join(dataDir, DATABASE_KEY_FILE);
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(wrapped)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  await syncFolder(dataDir);
}
