export {
  blobContext,
  contextOf,
  MAGIC,
  OVERHEAD_BYTES,
  plainSize,
  SealBroken,
  sealedSize,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  segmentOffset,
  segmentsOf,
  type FileSlice,
} from './format.js';
export { Digester, type PlainDigests } from './digests.js';
export { openSegment, sealPieces, sealSegment, type SealingTerms, type SegmentPlace } from './segment.js';
export { derivedKey, KEY_BYTES, keyFrom, newKey, unwrap, unwrapKey, wrap, wrapKey } from './keys.js';
export { GatheringSealer } from './gathering-sealer.js';
export { sealed } from './sealed-stream.js';
export { SealedFile } from './sealed-file.js';
export { openedStream, type ByteSource, type PlainRange } from './opened-stream.js';
export { type Job, type JobResult, type OpenJob, type OpenPiece, type SealJob } from './jobs.js';
export { PoolFailed, SealingPool } from './sealing-pool.js';
export { openSealedFiles, type SealedFileCopy } from './open-sealed-files.js';
export {
  checkpointKey,
  digestOf,
  isSignedBy,
  nextCheckpoint,
  Notary,
  NotContinued,
  publicKeyOf,
  type Checkpoint,
  type CheckpointClaim,
  type NotaryState,
} from './checkpoint.js';
