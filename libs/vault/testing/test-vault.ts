import { join } from 'node:path';
import type { Clock, Settings } from '@vitrine/kernel';
import type { TestDatabase } from '@vitrine/persistence/testing';
import { newKey, SealingPool } from '@vitrine/sealing';
import { BlobCheck } from '../src/blob-check.entity.js';
import { BlobChecks } from '../src/blob-checks.service.js';
import { Blob } from '../src/blob.entity.js';
import { FilesystemBlobStore } from '../src/filesystem.blob-store.js';
import { Installation } from '../src/installation.entity.js';
import type { KeyProvider } from '../src/keys/key-provider.js';
import { KeyRing } from '../src/keys/key-ring.js';
import { LocalKeyProvider } from '../src/keys/local-key.provider.js';
import { PartitionKey } from '../src/keys/partition-key.entity.js';
import { PatientKey } from '../src/keys/patient-key.entity.js';
import type { SealedObjects } from '../src/sealed-objects.js';
import { SealedBlobStore } from '../src/sealed.blob-store.js';
import { VaultService } from '../src/vault.service.js';

/** The tables that a vault needs. */
export const VAULT_ENTITIES = [Blob, BlobCheck, Installation, PatientKey, PartitionKey] as const;

/** One for all tests of a file, since threads that load TypeScript take seconds to start. They hold up no exit. */
const pool = new SealingPool(2);

export interface TestVault {
  readonly keys: KeyRing;
  readonly store: SealedBlobStore;
  readonly vault: VaultService;
  readonly checks: BlobChecks;
}

/** A vault as the product makes it over a data root. Give the same provider again to open it again. */
export function testVault(
  { dataSource, transactor }: TestDatabase,
  dataDir: string,
  clock: Clock,
  {
    provider = newProvider(),
    bytesPerPatient = 1024 ** 3,
    objects = new FilesystemBlobStore(join(dataDir, 'vault')),
  }: { provider?: KeyProvider; bytesPerPatient?: number; objects?: SealedObjects } = {},
): TestVault {
  const keys = new KeyRing(provider, dataSource.getRepository(PatientKey), transactor, clock);
  const store = new SealedBlobStore(objects, keys, pool);
  const settings = { vault: { bytesPerPatient } } as Settings;
  const blobs = dataSource.getRepository(Blob);
  const vault = new VaultService(store, blobs, keys, transactor, clock, settings);
  const checks = new BlobChecks(store, blobs, dataSource.getRepository(BlobCheck), transactor, clock);
  return { keys, store, vault, checks };
}

/** A key-encryption key that exists in this test only. */
export const newProvider = (): KeyProvider => new LocalKeyProvider(newKey());
