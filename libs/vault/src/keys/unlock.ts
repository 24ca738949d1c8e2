import type { DataSource, EntityManager } from 'typeorm';
import type { KeySource, Settings } from '@vitrine/kernel';
import type { Transactor } from '@vitrine/persistence';
import { claimDatabase } from '../claim-database.js';
import { openKeyFile } from './key-file.js';
import { VaultLocked, type KeyProvider } from './key-provider.js';
import { patientKeyContext } from './key-ring.js';
import { openPassphraseFile } from './passphrase.js';
import { PatientKey } from './patient-key.entity.js';

/**
 * At start, before anything is written: opens the key-encryption key and makes sure that it is the one that wraps
 * what is stored. A new key is made only where nothing is wrapped yet. Where the operator names the previous key as
 * well, patients' keys are wrapped anew by the current one; nothing else has to be touched. Throws `VaultLocked`.
 */
export async function unlock(
  settings: Pick<Settings, 'vault' | 'installationId' | 'dataDir'>,
  database: DataSource,
  transactor: Transactor,
): Promise<KeyProvider> {
  const { vault, installationId } = settings;
  await claimDatabase(settings, database, transactor);
  const used = await keysInUse(database.manager);
  const previous =
    vault.previousKey === undefined
      ? undefined
      : await openKeySource(vault.previousKey, installationId, false);
  // The previous key covers what is stored, so that a new one may be made.
  const covered = [...used].every((id) => id === previous?.id);
  const current = await openKeySource(vault.key, installationId, covered);
  const strange = [...used].filter((id) => id !== current.id);
  if (strange.length === 0) return current;
  if (previous === undefined || strange.some((id) => id !== previous.id))
    throw new VaultLocked(
      `The key in ${vault.key.path} is not the one with which the stored files were sealed, so nothing was opened: put back the right one.`,
    );
  await transactor.run((manager) => rewrap(manager, previous, current));
  return current;
}

async function keysInUse(manager: EntityManager): Promise<Set<string>> {
  const rows = await manager
    .createQueryBuilder(PatientKey, 'row')
    .select('DISTINCT row.keyEncryptionKeyId', 'id')
    .getRawMany<{ id: string }>();
  return new Set(rows.map(({ id }) => id));
}

/** Opens the key-encryption key; makes a key file only where none is and one may be made. Throws `VaultLocked`. */
export const openKeySource = (
  source: KeySource,
  installationId: string,
  mayMake: boolean,
): Promise<KeyProvider> =>
  source.kind === 'file'
    ? openKeyFile(source.path, mayMake)
    : openPassphraseFile(source.path, installationId);

async function rewrap(manager: EntityManager, from: KeyProvider, to: KeyProvider): Promise<void> {
  for (const row of await manager.findBy(PatientKey, { keyEncryptionKeyId: from.id })) {
    const { patientId, version, wrappedKey } = row;
    const context = patientKeyContext(patientId, version);
    const key = await from.unwrap(wrappedKey, context);
    await manager.update(
      PatientKey,
      { patientId, version },
      { keyEncryptionKeyId: to.id, wrappedKey: await to.wrap(key, context) },
    );
  }
}
