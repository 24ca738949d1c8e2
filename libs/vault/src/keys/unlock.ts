import type { DataSource, EntityManager } from 'typeorm';
import type { Settings } from '@vitrine/kernel';
import type { Transactor } from '@vitrine/persistence';
import { claimDatabase } from '../claim-database.js';
import { type KeyProvider } from './key-provider.js';
import { patientKeyContext } from './key-ring.js';
import { openKeySources } from './key-sources.js';
import { PatientKey } from './patient-key.entity.js';

/**
 * At start, before anything is written: opens the key-encryption key and makes sure that it is the one that wraps
 * what is stored. Where the operator names the previous key as well, patients' keys are wrapped anew by the current one;
 * nothing else has to be touched. Throws `VaultLocked`.
 */
export async function unlock(
  settings: Pick<Settings, 'vault' | 'installationId' | 'dataDir'>,
  database: DataSource,
  transactor: Transactor,
): Promise<KeyProvider> {
  await claimDatabase(settings, database, transactor);
  const { current, former } = await openKeySources(settings, await keysInUse(database.manager));
  if (former !== undefined) await transactor.run((manager) => rewrap(manager, former, current));
  return current;
}

async function keysInUse(manager: EntityManager): Promise<Set<string>> {
  const rows = await manager
    .createQueryBuilder(PatientKey, 'row')
    .select('DISTINCT row.keyEncryptionKeyId', 'id')
    .getRawMany<{ id: string }>();
  return new Set(rows.map(({ id }) => id));
}

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
