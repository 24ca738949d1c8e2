import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import type { Settings } from '@vitrine/kernel';
import type { Transactor } from '@vitrine/persistence';
import { Blob } from './blob.entity.js';
import { Installation } from './installation.entity.js';
import { VaultLocked } from './keys/key-provider.js';
import { openObjects, placeOf } from './open-objects.js';

/**
 * Makes sure that database and data folder belong together. Beside an empty database, or the one of another
 * installation, every stored file would count as one that nobody needs, and be removed. Throws `VaultLocked`, and for
 * object storage what `openObjects` does.
 */
export async function claimDatabase(
  settings: Pick<Settings, 'dataDir' | 'installationId' | 'vault'>,
  database: DataSource,
  transactor: Transactor,
): Promise<void> {
  const { dataDir, installationId } = settings;
  const [owner] = await database.manager.find(Installation);
  if (owner?.id === installationId) return;
  if (owner !== undefined)
    throw new VaultLocked(
      `The database belongs to another installation than ${dataDir}, so nothing was opened: name the right one.`,
    );
  if (!(await database.manager.exists(Blob)) && (await hasFiles(settings)))
    throw new VaultLocked(
      `There are stored files in ${settings.vault.objectStorage === undefined ? dataDir : 'the object storage'}, but the database knows of none, so nothing was opened: name the right one, or bring the record into a new one by a backup.`,
    );
  const since = new Date().toISOString();
  await transactor.run((manager) => manager.insert(Installation, { id: installationId, since }));
}

async function hasFiles(settings: Pick<Settings, 'dataDir' | 'installationId' | 'vault'>): Promise<boolean> {
  if (settings.vault.objectStorage !== undefined)
    return (await (await openObjects(placeOf(settings))).patients()).length > 0;
  try {
    const found = await readdir(join(settings.dataDir, 'vault'), { recursive: true, withFileTypes: true });
    return found.some((entry) => entry.isFile());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}
