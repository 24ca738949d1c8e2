import type { KeyObject } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FileSlice, SealingTerms } from '@vitrine/sealing';
import type { Partition } from './keys/partition.js';
import type { LocalCopy } from './sealed-objects.js';

/** Part of a blob: `start` inclusive, `end` exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where a blob lies. Ids that are not our own (`isId`) are a bug of the caller and throw. */
export interface BlobName {
  readonly patientId: string;
  readonly blobId: string;
}

/** A blob with what its store needs to open it again. */
export interface BlobRef extends BlobName {
  /** What `write` answered: opaque, without use to anybody but the store, and lost bytes when it is lost. */
  readonly seal: string | null;
}

/** A sealed file of our own. */
export interface SealedSource {
  readonly path: string;
  readonly terms: SealingTerms;
  /** Where it lies in the file at `path`, when that holds others too. */
  readonly slice?: FileSlice;
}

/** A file of our own whose bytes are to be stored: sealed, or plain. */
export type SourceFile =
  SealedSource | { readonly path: string; readonly terms?: undefined; readonly slice?: undefined };

export interface WriteOptions {
  readonly partition: Partition;
  /** The most bytes that may come; one more is `vault.quota-exceeded`. */
  readonly maximumBytes?: number;
  readonly signal?: AbortSignal;
}

/** Bytes that are on the medium but not visible yet. One of `commit` and `discard` is called; what is called after it does nothing. */
export interface PendingBlob {
  /** Hex, the same for the same bytes of the same patient; between patients it need not be. */
  readonly digest: string;
  readonly bytes: number;
  readonly seal: string | null;
  /** The bytes where they lie until then, for whoever has to look at them first. */
  readonly source: SourceFile;
  /** Makes the bytes visible under their name. When it returns, they survive a power cut. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

export interface StoredBlob {
  readonly blobId: string;
  readonly bytes: number;
}

/**
 * Where the bytes of blobs lie. Knows patients only as ids and blobs only as ids; whether it encrypts or uses object
 * storage is its own affair. A blob is immutable. A store that cannot be asked is `vault.unreachable`, which says
 * nothing about what is in it.
 */
export interface BlobStore {
  /** Folder of this machine in which the bytes of every `PendingBlob` lie. */
  readonly pendingFolder: string;

  /** Takes all bytes in, or leaves nothing. Throws `vault.disk-full` where there is no room. */
  write(name: BlobName, content: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<PendingBlob>;

  /** The same for a file, as fast as the store can. A sealed file that does not open is `vault.damaged`. */
  writeFile(name: BlobName, file: SourceFile, options: WriteOptions): Promise<PendingBlob>;

  /** The bytes of a blob. Throws `vault.damaged` when it is not there: callers only ask for what the database names. */
  read(ref: BlobRef, range?: ByteRange): Promise<Readable>;

  /** Undefined when it is not there. */
  stat(name: BlobName): Promise<{ readonly bytes: number } | undefined>;

  /** No-op when it is not there. */
  remove(name: BlobName): Promise<void>;

  /** Every patient that has anything in the store. */
  patients(): Promise<string[]>;

  /** Everything that is visible for one patient. */
  list(patientId: string): AsyncIterable<StoredBlob>;

  /** Removes what writes left behind that never ended; only safe while nothing is written. Returns how many. */
  sweep(): Promise<number>;
}

/** The key of one version of a blob. */
export interface BlobKey {
  readonly key: KeyObject;
  readonly version: number;
}

/** A store whose blobs each have a key of their own. */
export interface BlobKeys {
  /** Whether the sealed bytes lie on another machine: then only `fetch` brings them to a file of this one. */
  readonly isElsewhere: boolean;
  /** The sealed bytes as they lie. Throws as `SealedObjects.fetch` does. */
  fetch(name: BlobName, signal: AbortSignal): Promise<LocalCopy>;
  /** What opens the bytes of a blob wherever they lie, and nothing else. Throws `vault.damaged` as `read` does. */
  keyOf(ref: BlobRef): Promise<BlobKey>;
}

export const BLOB_STORE = Symbol('BlobStore');
