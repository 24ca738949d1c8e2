import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { isId, syncFolder, type ObjectStorageSettings, type Settings } from '@vitrine/kernel';
import { Ballast } from '@vitrine/persistence';
import { ignoreMissing } from './damage.js';
import { FilesystemBlobStore } from './filesystem.blob-store.js';
import type { SealedObjects } from './sealed-objects.js';
import { StoreRefused } from './store-refused.js';

/** What it takes to find the stored files of an installation. */
export interface ObjectsPlace {
  readonly dataDir: string;
  readonly installationId: string;
  readonly objectStorage: ObjectStorageSettings | undefined;
}

const LOCAL = 'vault';
const STAGING = 'staging';
/** Says in the data root that the stored files lie elsewhere, and where: `<bucket>/<prefix>`. */
const NOTE = 'object-storage';

export const placeOf = ({
  dataDir,
  installationId,
  vault,
}: Pick<Settings, 'dataDir' | 'installationId' | 'vault'>): ObjectsPlace => ({
  dataDir,
  installationId,
  objectStorage: vault.objectStorage,
});

/**
 * Opens the place where sealed bytes lie: a folder of the data root, or object storage. A place where the stored files
 * are not is refused before anything in it is missed or removed. Throws `StoreRefused`, and `vault.unreachable`.
 */
export async function openObjects({
  dataDir,
  installationId,
  objectStorage,
}: ObjectsPlace): Promise<SealedObjects> {
  const noted = await readNote(dataDir);
  const local = join(dataDir, LOCAL);
  const ballast = new Ballast(dataDir);
  if (objectStorage === undefined) {
    if (noted !== undefined)
      throw new StoreRefused(
        `The stored files lie in object storage, in ${noted}: set VITRINE_S3_ENDPOINT, VITRINE_S3_BUCKET and VITRINE_S3_CREDENTIALS_FILE.`,
      );
    return new FilesystemBlobStore(local, ballast);
  }
  const place = `${objectStorage.bucket}/${objectStorage.prefix}`;
  if (noted !== undefined && noted !== place)
    throw new StoreRefused(
      `The stored files lie in ${noted} and not in ${place}: set VITRINE_S3_BUCKET and VITRINE_S3_PREFIX back, or see docs/operating/object-storage.md if they were moved.`,
    );
  if (await hasFiles(local))
    throw new StoreRefused(
      `The stored files lie in ${local}, and object storage is set: move them there first (docs/operating/object-storage.md).`,
    );
  // Only who uses it waits for its client to load.
  const { openS3 } = await import('./s3/open-s3.js');
  const objects = await openS3(objectStorage, join(dataDir, STAGING), installationId, ballast);
  if (noted === undefined) await writeNote(dataDir, place);
  return objects;
}

async function hasFiles(folder: string): Promise<boolean> {
  for (const patient of await namesIn(folder))
    if (isId(patient) && (await namesIn(join(folder, patient))).some(isId)) return true;
  return false;
}

const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    ignoreMissing(error);
    return [];
  });

async function readNote(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, NOTE), 'utf8').catch((error: unknown) => {
    ignoreMissing(error);
    return undefined;
  });
  return text?.trim();
}

async function writeNote(dataDir: string, place: string): Promise<void> {
  const path = join(dataDir, NOTE);
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(`${place}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
  await syncFolder(dataDir);
}
