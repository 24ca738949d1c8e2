import type { Readable } from 'node:stream';

/** Part of a blob: `start` inclusive, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface WriteOptions {
  /** The most bytes that may come; one more is `vault.quota-exceeded`. */
  readonly maximumBytes?: number;
  readonly signal?: AbortSignal;
}

/** Bytes that are on the medium but not visible yet. Exactly one of `commit` and `discard` is called. */
export interface PendingBlob {
  /** Hex SHA-256. */
  readonly sha256: string;
  readonly bytes: number;
  /** Makes the bytes visible under the id. When it returns, they survive a power cut. */
  commit(blobId: string): Promise<void>;
  discard(): Promise<void>;
}

export interface StoredBlob {
  readonly blobId: string;
  readonly bytes: number;
}

/**
 * Where the bytes of blobs lie. Knows patients only as ids and blobs only as ids; whether it encrypts or uses object
 * storage is its own affair. A blob is immutable. Ids that are not our own (`isId`) are a bug of the caller and throw.
 */
export interface BlobStore {
  /** Takes all bytes in, or leaves nothing. Throws `vault.disk-full` where there is no room. */
  write(patientId: string, content: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<PendingBlob>;

  /** The bytes of a blob. Throws `vault.damaged` when it is not there: callers only ask for what the database names. */
  read(patientId: string, blobId: string, range?: ByteRange): Promise<Readable>;

  /** Makes a file of its own at `path` with the bytes of the blob, as fast as the store can. */
  copyTo(patientId: string, blobId: string, path: string, signal: AbortSignal): Promise<void>;

  /** Undefined when it is not there. */
  stat(patientId: string, blobId: string): Promise<{ readonly bytes: number } | undefined>;

  /** No-op when it is not there. */
  remove(patientId: string, blobId: string): Promise<void>;

  /** Every patient that has anything in the store. */
  patients(): Promise<string[]>;

  /** Everything that is visible for one patient. */
  list(patientId: string): AsyncIterable<StoredBlob>;

  /** Removes what writes left behind that never ended; only safe while nothing is written. Returns how many. */
  sweep(): Promise<number>;
}

export const BLOB_STORE = Symbol('BlobStore');
