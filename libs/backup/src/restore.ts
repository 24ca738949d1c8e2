import type { KeyObject } from 'node:crypto';
import { readdir, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DATABASE_FILE, type DatabasePlace } from '@vitrine/persistence';
import { FilesystemBlobStore, type KeyProvider } from '@vitrine/vault';
import { BackupBlobs, isUnreadable } from './backup-blobs.js';
import { BackupFailed, codeOf } from './backup-failed.js';
import { blobsBeside, DATABASE, LIST, MANIFEST, type FoundBackup } from './backup-folder.js';
import { readList, type ListedBlob } from './blob-list.js';
import { bytesOf, inLanes, makeFolder, openPlain, syncFolder, writeAll, writeDurably } from './durable.js';
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
 * is the last step. Files that are damaged in the backup are
 * left out and reported; everything else is restored, and the record shows which are gone. Sign-ins and tickets end, since
 * some may have ended after the backup was made. Throws `BackupFailed` and leaves the folder empty then.
 */
export async function restoreBackup(
  backup: FoundBackup,
  provider: KeyProvider,
  place: DatabasePlace,
): Promise<CheckReport> {
  const { dataDir, databaseUrl } = place;
  await requireEmpty(dataDir);
  await requireEmptyDatabase(place);
  const { key, copied, blobs } = await open(backup, provider);
  const [vault, installation] = [join(dataDir, 'vault'), join(dataDir, 'installation')];
  const database = join(dataDir, `${DATABASE_FILE}.part`);
  const store = new FilesystemBlobStore(vault);
  try {
    await makeFolder(dataDir);
    // First, so that one that is damaged is found before hours were spent; it gets its name last.
    await writeDurably(database, databaseOf(backup, key));
    settleDatabase(database);
    await makeFolder(vault);
    const report = await tally(copied, blobs, (blob) => putBack(blob, blobs, store));
    await writeDurably(installation, [Buffer.from(`${backup.manifest.installationId}\n`)]);
    if (databaseUrl === undefined) await rename(database, join(dataDir, DATABASE_FILE));
    else {
      await syncFolder(dataDir);
      await copyIntoServer(database, place);
      await unlink(database);
    }
    await syncFolder(dataDir);
    return report;
  } catch (error) {
    for (const path of [database, `${database}-journal`, installation, vault])
      await rm(path, { recursive: true, force: true });
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT' || codeOf(error) === 'vault.disk-full')
      throw new BackupFailed(`There is no room left in ${dataDir}: nothing was restored.`, { cause: error });
    throw error;
  }
}

/** A folder that holds anything may hold a record, and nothing of that may be mixed or overwritten. */
async function requireEmpty(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  // The default data folder comes with the sources and has a note for developers in it.
  if (names.some((name) => name !== 'README.md'))
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
  await inLanes(copied, async (blob) => {
    if (!(await look(blob))) damaged.push(blobs.pathOf(blob.sha256));
  });
  return { intact: copied.length - damaged.length, damaged };
}

/** False, and nothing is left of it, when its bytes are not those that were copied. */
async function putBack(blob: CopiedBlob, blobs: BackupBlobs, store: FilesystemBlobStore): Promise<boolean> {
  const target = await store.create(blob);
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
