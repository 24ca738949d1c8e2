import type { KeyObject } from 'node:crypto';
import { isId } from '@vitrine/kernel';
import { knowsMigration } from '@vitrine/persistence';
import { contextOf, newKey, SealBroken, unwrap, wrap } from '@vitrine/sealing';
import type { KeyProvider, WrappedDatabaseKey } from '@vitrine/vault';
import { BackupFailed } from './backup-failed.js';

const FORMAT = 2;
/** Of an older version: the database in it is in the clear under its seal. */
const PLAIN_DATABASE_FORMAT = 1;

/** What anybody may read of a backup. Written last: where it is, everything else is. */
export interface ManifestFacts {
  readonly backupId: string;
  readonly installationId: string;
  readonly takenAt: string;
  /** Version of Vitrine that made it. */
  readonly product: string;
  /** The newest migration of the database in it. */
  readonly schema: string;
  /** The key of the database in it, as it lies beside the database; absent in a backup of an older version. */
  readonly databaseKey?: WrappedDatabaseKey;
  /** Stored files that the database names, and how many of them could not be copied. */
  readonly files: number;
  readonly missing: number;
  /** Of the copied files, sealed. */
  readonly bytes: number;
}

export interface Manifest extends ManifestFacts {
  readonly format: typeof FORMAT | typeof PLAIN_DATABASE_FORMAT;
  /** Tells at once whether a key is the right one, and nothing about it. */
  readonly keyId: string;
  /** The key of this backup, wrapped by the key-encryption key. */
  readonly wrappedKey: string;
  /** Sealed nothing, bound to all of the above: opens only when none of it was changed. */
  readonly check: string;
}

/** The key of one backup, with what makes it openable again. */
export interface NewBackupKey {
  readonly key: KeyObject;
  readonly keyId: string;
  readonly wrappedKey: string;
}

export async function newBackupKey(provider: KeyProvider, backupId: string): Promise<NewBackupKey> {
  const key = newKey();
  return { key, keyId: provider.id, wrappedKey: await provider.wrap(key, keyContext(backupId)) };
}

export function manifestText(facts: ManifestFacts, { key, keyId, wrappedKey }: NewBackupKey): string {
  const body = { format: FORMAT, ...facts, keyId, wrappedKey };
  const check = wrap(key, Buffer.alloc(0), checkContext(body));
  return `${JSON.stringify({ ...body, check }, null, 2)}\n`;
}

/** Throws `BackupFailed` for what is no manifest, or one of a version that is not known yet. */
export function parseManifest(text: string, path: string): Manifest {
  let untrusted: Partial<Record<keyof Manifest, unknown>>;
  try {
    untrusted = JSON.parse(text) as typeof untrusted;
  } catch (error) {
    throw new BackupFailed(`${path} is damaged: it is not the manifest of a backup.`, { cause: error });
  }
  const { format, schema } = untrusted;
  if (
    (typeof format === 'number' && format > FORMAT) ||
    (typeof schema === 'string' && !knowsMigration(schema))
  )
    throw new BackupFailed(
      `The backup of ${path} was made by a newer Vitrine (${JSON.stringify(untrusted.product)}): use that version, or a newer one.`,
    );
  const texts = [
    untrusted.product,
    untrusted.takenAt,
    schema,
    untrusted.keyId,
    untrusted.wrappedKey,
    untrusted.check,
  ];
  const ids = [untrusted.backupId, untrusted.installationId];
  const known =
    format === PLAIN_DATABASE_FORMAT || (format === FORMAT && isWrappedKey(untrusted.databaseKey));
  if (!known || !texts.every((one) => typeof one === 'string') || !ids.every(isId))
    throw new BackupFailed(`${path} is damaged: it is not the manifest of a backup.`);
  return untrusted as Manifest;
}

function isWrappedKey(untrusted: unknown): boolean {
  const { keyEncryptionKeyId, wrappedKey } = Object(untrusted) as Record<string, unknown>;
  return typeof keyEncryptionKeyId === 'string' && typeof wrappedKey === 'string';
}

/** The key of the backup. Throws `BackupFailed` when the provider's key is another, or the manifest was changed. */
export async function openManifest(
  manifest: Manifest,
  provider: KeyProvider,
  path: string,
): Promise<KeyObject> {
  const { check, ...body } = manifest;
  if (provider.id !== body.keyId)
    throw new BackupFailed(
      `This is not the key with which the backup was sealed (${body.keyId}), but another one (${provider.id}): set VITRINE_KEY_FILE or VITRINE_KEY_PASSPHRASE_FILE to the right one.`,
    );
  try {
    const key = await provider.unwrap(body.wrappedKey, keyContext(body.backupId));
    unwrap(key, check, checkContext(body));
    return key;
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    throw new BackupFailed(`${path} is damaged or was changed.`, { cause: error });
  }
}

const keyContext = (backupId: string): Buffer => contextOf('backup key', backupId);
const checkContext = (body: object): Buffer => contextOf('backup manifest', JSON.stringify(body));
