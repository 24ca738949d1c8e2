import type { KeyObject } from 'node:crypto';
import { readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { inLanes, isProblem, syncFolder, type ObjectStorageSettings } from '@vitrine/kernel';
import { DATABASE_FILE, encryptDatabase, type DatabasePlace } from '@vitrine/persistence';
import { newKey } from '@vitrine/sealing';
import {
  openObjects,
  unwrapDatabaseKey,
  writeDatabaseKey,
  type KeyProvider,
  type SealedObjects,
} from '@vitrine/vault';
import { BackupBlobs, isUnreadable } from './backup-blobs.js';
import { BackupFailed, codeOf } from './backup-failed.js';
import { blobsBeside, DATABASE, LIST, MANIFEST, type FoundBackup } from './backup-folder.js';
import { readList, type ListedBlob } from './blob-list.js';
import { bytesOf, LANES, makeFolder, openPlain, writeAll, writeDurably } from './durable.js';
import { copyIntoServer, requireEmptyDatabase } from './live-database.js';
import { openManifest } from './manifest.js';
import { openPart } from './parts.js';
import { settleDatabase } from './settle-database.js';

export interface CheckReport {
  /** Files that are as they were copied. */
  readonly intact: number;
  /** Paths of copied files that are damaged or not there. */
  readonly damaged: readonly string[];
}

/** The default data folder comes with the sources, and with this. */
const NOTE_FOR_DEVELOPERS = 'README.md';

type CopiedBlob = ListedBlob & { readonly sha256: string };

/** Reads everything of a backup. Throws `BackupFailed` when its database or the list of its files does not open. */
export async function checkBackup(backup: FoundBackup, provider: KeyProvider): Promise<CheckReport> {
  const { key, copied, blobs } = await open(backup, provider);
  const database = databaseOf(backup, key);
  while ((await database.next()).done !== true);
  return tally(copied, blobs, (blob) => blobs.isIntact(blob));
}

/**
 * Makes a data folder of a backup, and the database of a server where one is named; that, or the rename of the database,
 * is the last step. Files that are damaged in the backup are left out and reported; everything else is restored, and the
 * record shows which are gone. Sign-ins and tickets end, since some may have ended after the backup was made. Stored
 * files go into the folder, or into object storage where no others are. Throws `BackupFailed`, `StoreRefused` and
 * `vault.unreachable`, and leaves the folder empty then.
 */
export async function restoreBackup(
  backup: FoundBackup,
  provider: KeyProvider,
  place: DatabasePlace,
  objectStorage?: ObjectStorageSettings,
): Promise<CheckReport> {
  const { dataDir, databaseUrl } = place;
  await requireEmpty(dataDir);
  await requireEmptyDatabase(place);
  const { key, copied, blobs } = await open(backup, provider);
  const { installationId } = backup.manifest;
  const installation = join(dataDir, 'installation');
  const database = join(dataDir, `${DATABASE_FILE}.part`);
  let objects: SealedObjects | undefined;
  try {
    await makeFolder(dataDir);
    const opened = await openObjects({ dataDir, installationId, objectStorage });
    if ((await opened.patients()).length > 0)
      throw new BackupFailed(
        'The object storage holds stored files of this installation already: set another VITRINE_S3_PREFIX, or move away what is there.',
      );
    objects = opened;
    // First, so that one that is damaged is found before hours were spent; it gets its name last.
    await writeDurably(database, databaseOf(backup, key));
    const { databaseKey } = backup.manifest;
    const fileKey = databaseKey && (await unwrapDatabaseKey(databaseKey, provider, installationId));
    settleDatabase(database, fileKey);
    const report = await tally(copied, blobs, (blob) => putBack(blob, blobs, opened));
    await writeDurably(installation, [Buffer.from(`${installationId}\n`)]);
    if (databaseUrl === undefined) {
      if (databaseKey) await writeDatabaseKey(dataDir, databaseKey);
      await rename(database, join(dataDir, DATABASE_FILE));
    } else {
      await syncFolder(dataDir);
      await copyIntoServer(database, { ...place, key: fileKey ?? (await encrypted(database)) });
      await unlink(database);
    }
    await syncFolder(dataDir);
    return report;
  } catch (error) {
    if (objects !== undefined)
      await removeAll(objects).catch((failure: unknown) => {
        // Then it is known to hold something when it is tried again.
        if (!isProblem(failure, 'vault.unreachable')) throw failure;
      });
    for (const name of await readdir(dataDir).catch(() => []))
      if (name !== NOTE_FOR_DEVELOPERS) await rm(join(dataDir, name), { recursive: true, force: true });
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT' || codeOf(error) === 'vault.disk-full')
      throw new BackupFailed(`There is no room left in ${dataDir}: nothing was restored.`, { cause: error });
    throw error;
  }
}

/** Encrypts the database of an older version's backup, with a key that is forgotten with it. */
async function encrypted(database: string): Promise<KeyObject> {
  const key = newKey();
  await encryptDatabase(database, key);
  return key;
}

/** A folder that holds anything may hold a record, and nothing of that may be mixed or overwritten. */
async function requireEmpty(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  if (names.some((name) => name !== NOTE_FOR_DEVELOPERS))
    throw new BackupFailed(
      `${dataDir} is not empty: name a new folder with --data, or move away what is in it.`,
    );
}

async function open(
  { folder, manifest }: FoundBackup,
  provider: KeyProvider,
): Promise<{ key: KeyObject; copied: CopiedBlob[]; blobs: BackupBlobs }> {
  const key = await openManifest(manifest, provider, join(folder, MANIFEST));
  const listed = await readList(openPart(folder, LIST, key, manifest.backupId));
  const copied = listed.filter((blob): blob is CopiedBlob => blob.sha256 !== null);
  return { key, copied, blobs: new BackupBlobs(blobsBeside(folder)) };
}

const databaseOf = ({ folder, manifest }: FoundBackup, key: KeyObject) =>
  openPart(folder, DATABASE, key, manifest.backupId);

async function tally(
  copied: readonly CopiedBlob[],
  blobs: BackupBlobs,
  look: (blob: CopiedBlob) => Promise<boolean>,
): Promise<CheckReport> {
  const damaged: string[] = [];
  await inLanes(copied, LANES, async (blob) => {
    if (!(await look(blob))) damaged.push(blobs.pathOf(blob.sha256));
  });
  return { intact: copied.length - damaged.length, damaged };
}

/** False, and nothing is left of it, when its bytes are not those that were copied. */
async function putBack(blob: CopiedBlob, blobs: BackupBlobs, objects: SealedObjects): Promise<boolean> {
  const target = await objects.create(blob);
  try {
    const { sha256 } = await writeAll(target.file, bytesOf(await openPlain(blobs.pathOf(blob.sha256))));
    if (sha256 === blob.sha256) {
      await target.commit();
      return true;
    }
  } catch (error) {
    if (!isUnreadable(error)) {
      await target.discard();
      throw error;
    }
  }
  await target.discard();
  return false;
}

async function removeAll(objects: SealedObjects): Promise<void> {
  for (const patientId of await objects.patients())
    for await (const { blobId } of objects.list(patientId)) await objects.remove({ patientId, blobId });
}
