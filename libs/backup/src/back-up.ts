import type { KeyObject } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  inLanes,
  isProblem,
  newId,
  productVersion,
  syncFolder,
  type ObjectStorageSettings,
} from '@vitrine/kernel';
import { MAGIC, newKey, sealed, sealedSize, type ByteSource } from '@vitrine/sealing';
import {
  openObjects,
  readDatabaseKey,
  unwrapDatabaseKey,
  VaultLocked,
  wrapDatabaseKey,
  type KeyProvider,
  type SealedObjects,
  type WrappedDatabaseKey,
} from '@vitrine/vault';
import { BackupBlobs, isUnreadable } from './backup-blobs.js';
import {
  backupsOf,
  BLOBS,
  DATABASE,
  findBackup,
  LIST,
  MANIFEST,
  nameOf,
  PART_NAME,
} from './backup-folder.js';
import { BackupFailed, codeOf } from './backup-failed.js';
import { listLines, readList, type ListedBlob } from './blob-list.js';
import { bytesOf, LANES, makeFolder, openPlain, writeDurably } from './durable.js';
import { manifestText, newBackupKey, openManifest, type ManifestFacts } from './manifest.js';
import { openPart, termsOf } from './parts.js';
import { takeSnapshot, type Snapshot, type SnapshotBlob } from './snapshot.js';
import { sweepParts } from './sweep-parts.js';

export interface BackupOrder {
  readonly dataDir: string;
  /** Where the database is, when not in the data folder. */
  readonly databaseUrl?: string | undefined;
  readonly installationId: string;
  /** Where the stored files lie; in the data folder where it is undefined. */
  readonly objectStorage?: ObjectStorageSettings | undefined;
  /** The folder of backups, made when it is missing. */
  readonly target: string;
  readonly provider: KeyProvider;
}

export interface BackupReport {
  readonly folder: string;
  readonly facts: ManifestFacts;
  /** Files that no earlier backup of the target had. */
  readonly copied: number;
  /** Files that were deleted after the moment of the backup and before they were copied. */
  readonly deleted: number;
  /** Files of the vault, `<patient>/<blob>`, that are not there or not whole: the installation has lost them. */
  readonly lost: readonly string[];
}

/**
 * Makes a backup of one moment while Vitrine runs, or not. The rename of its folder is the last step, so one that was
 * broken off is never taken for a backup, and earlier ones are not touched. Throws `BackupFailed`, `VaultLocked`,
 * `StoreRefused`, and `vault.unreachable`.
 */
export async function backUp(order: BackupOrder): Promise<BackupReport> {
  const { target, dataDir } = order;
  try {
    await makeFolder(target);
    await sweepParts(target, PART_NAME);
    const takenAt = new Date().toISOString();
    const { key, wrapped } = await keyOfCopy(order);
    const snapshot = await takeSnapshot({ ...order, key });
    try {
      return await writeBackup(order, wrapped, snapshot, takenAt);
    } finally {
      await snapshot.discard();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new BackupFailed(
        `There is no room left in ${target}: no backup was made, and the earlier ones are as they were.`,
        { cause: error },
      );
    if (code === 'SQLITE_FULL')
      throw new BackupFailed(`There is no room left in ${dataDir} for a copy of the database.`, {
        cause: error,
      });
    throw error;
  }
}

/** What the copy of the database is encrypted with: the key of the embedded one, or for a server's a new one. */
async function keyOfCopy({
  dataDir,
  databaseUrl,
  provider,
  installationId,
}: BackupOrder): Promise<{ key: KeyObject; wrapped: WrappedDatabaseKey }> {
  if (databaseUrl !== undefined) {
    const key = newKey();
    return { key, wrapped: await wrapDatabaseKey(key, provider, installationId) };
  }
  const wrapped = await readDatabaseKey(dataDir);
  if (wrapped === undefined)
    throw new BackupFailed(
      `The database in ${dataDir} is not encrypted yet, or its key is lost: start Vitrine once before.`,
    );
  return { key: await unwrapDatabaseKey(wrapped, provider, installationId), wrapped };
}

async function writeBackup(
  order: BackupOrder,
  databaseKey: WrappedDatabaseKey,
  snapshot: Snapshot,
  takenAt: string,
): Promise<BackupReport> {
  const { target, provider, installationId } = order;
  if (snapshot.keyIds.some((id) => id !== provider.id))
    throw new VaultLocked(
      'The key is not the one with which the stored files were sealed: no backup was made.',
    );
  const backupId = newId();
  const folder = join(target, nameOf(takenAt, backupId));
  const part = `${folder}.part`;
  await mkdir(part, { mode: 0o700 });
  try {
    const { listed, copied } = await copyBlobs(order, snapshot.blobs, part);
    const absent = listed.filter(({ sha256 }) => sha256 === null);
    const lost: ListedBlob[] = [];
    for (const blob of absent) if (!(await snapshot.wasDeleted(blob.blobId))) lost.push(blob);
    const facts: ManifestFacts = {
      backupId,
      installationId,
      takenAt,
      product: productVersion(),
      schema: snapshot.schema,
      databaseKey,
      files: listed.length,
      missing: absent.length,
      bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    const backupKey = await newBackupKey(provider, backupId);
    await writePart(part, LIST, listLines(listed), backupKey.key, backupId);
    await writePart(part, DATABASE, bytesOf(await openPlain(snapshot.path)), backupKey.key, backupId);
    await writeDurably(join(part, MANIFEST), [Buffer.from(manifestText(facts, backupKey))]);
    await syncFolder(part);
    await rename(part, folder);
    await syncFolder(target);
    const names = lost.map(({ patientId, blobId }) => `${patientId}/${blobId}`);
    return { folder, facts, copied, deleted: absent.length - lost.length, lost: names };
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

async function copyBlobs(
  { dataDir, objectStorage, target, provider, installationId }: BackupOrder,
  wanted: readonly SnapshotBlob[],
  part: string,
): Promise<{ listed: ListedBlob[]; copied: number }> {
  const objects = await openObjects({ dataDir, installationId, objectStorage });
  const blobs = new BackupBlobs(join(target, BLOBS));
  const earlier = await earlierList(target, provider, installationId);
  const listed: ListedBlob[] = [];
  let copied = 0;
  await inLanes(wanted, LANES, async (blob) => {
    const { patientId, blobId, seal } = blob;
    const known = earlier.get(blobId);
    if (known?.seal === seal && known.patientId === patientId && (await blobs.has(known))) {
      listed.push(known);
      return;
    }
    const file = await openWhole(objects, blob);
    const written = file && (await blobs.add(join(part, blobId), bytesOf(file)).catch(unreadableIsAbsent));
    listed.push({ patientId, blobId, seal, sha256: null, bytes: 0, ...written });
    if (written) copied++;
  });
  await blobs.flush();
  return { listed, copied };
}

/** The file of a blob, unless it is not there, cut, or not sealed. What is in it is for the scrub to read. */
async function openWhole(objects: SealedObjects, blob: SnapshotBlob): Promise<ByteSource | undefined> {
  const file = await objects.open(blob).catch((error: unknown) => {
    if (isProblem(error, 'vault.damaged')) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  const magic = Buffer.alloc(MAGIC.length);
  await file.read(magic, 0, magic.length, 0);
  const { size } = await file.stat();
  if (magic.equals(MAGIC) && size === sealedSize(blob.bytes)) return file;
  await file.close();
  return undefined;
}

function unreadableIsAbsent(error: unknown): undefined {
  if (!isUnreadable(error) && !isProblem(error, 'vault.damaged')) throw error;
}

/** What the newest backup of this installation has, so that it need not be read again; empty when that cannot be told. */
async function earlierList(
  target: string,
  provider: KeyProvider,
  installationId: string,
): Promise<Map<string, ListedBlob>> {
  for (const name of await backupsOf(target)) {
    try {
      const { folder, manifest } = await findBackup(join(target, name));
      if (manifest.installationId !== installationId) continue;
      const key = await openManifest(manifest, provider, folder);
      const list = await readList(openPart(folder, LIST, key, manifest.backupId));
      return new Map(list.map((blob) => [blob.blobId, blob]));
    } catch (error) {
      // Damaged, or sealed with the key before: then everything is read, and what is there already is found by its sum.
      if (!(error instanceof BackupFailed)) throw error;
    }
  }
  return new Map();
}

const writePart = (
  folder: string,
  name: string,
  content: AsyncIterable<Uint8Array>,
  key: KeyObject,
  backupId: string,
) => writeDurably(join(folder, name), sealed(content, termsOf(key, backupId, name)));
