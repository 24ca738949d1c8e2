export { BlobCheck, type BlobFinding } from './blob-check.entity.js';
export { BlobChecks, type CheckCount, type CheckResult, type KnownBlob } from './blob-checks.service.js';
export { Blob } from './blob.entity.js';
export {
  BLOB_STORE,
  type BlobStore,
  type ByteRange,
  type PendingBlob,
  type StoredBlob,
  type WriteOptions,
} from './blob-store.js';
export { FilesystemBlobStore } from './filesystem.blob-store.js';
export { VaultModule } from './vault.module.js';
export { VaultService, type LayoutFile, type StoredFile } from './vault.service.js';
