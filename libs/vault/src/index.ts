export { contentOf } from './source-file.js';
export { BlobCheck, type BlobFinding } from './blob-check.entity.js';
export {
  BlobChecks,
  type CheckCount,
  type CheckResult,
  type KnownBlob,
  type SummedBlob,
} from './blob-checks.service.js';
export { type BlobSums } from './blob-sums.js';
export { type PreparedFile, type PutOptions, type StoredFile } from './blob-intake.js';
export { Blob } from './blob.entity.js';
export { Installation } from './installation.entity.js';
export {
  BLOB_STORE,
  type BlobName,
  type BlobRef,
  type BlobStore,
  type ByteRange,
  type PendingBlob,
  type SealedSource,
  type SourceFile,
  type StoredBlob,
  type WriteOptions,
} from './blob-store.js';
export { FilesystemBlobStore } from './filesystem.blob-store.js';
export { openDatabaseKey } from './keys/database-key.js';
export { KEY_PROVIDER, VaultLocked, type KeyProvider } from './keys/key-provider.js';
export { KeyRing, type VersionedKey } from './keys/key-ring.js';
export { type KeyPurpose, type Partition } from './keys/partition.js';
export { PartitionKey } from './keys/partition-key.entity.js';
export { PatientKey } from './keys/patient-key.entity.js';
export {
  DATABASE_KEY_FILE,
  readDatabaseKey,
  unwrapDatabaseKey,
  wrapDatabaseKey,
  writeDatabaseKey,
  type WrappedDatabaseKey,
} from './keys/wrapped-database-key.js';
export { openKeySource } from './keys/key-sources.js';
export { type LocalCopy, type NewObject, type SealedObjects } from './sealed-objects.js';
export { openObjects, type ObjectsPlace } from './open-objects.js';
export { StoreRefused } from './store-refused.js';
export { VaultModule } from './vault.module.js';
export { VaultSweep } from './vault-sweep.js';
export { VaultService } from './vault.service.js';
