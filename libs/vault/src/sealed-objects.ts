import type { FileHandle } from 'node:fs/promises';
import type { ByteSource } from '@vitrine/sealing';
import type { BlobName, StoredBlob } from './blob-store.js';

/**
 * A new object that is filled as a file of this machine. One of `commit` and `discard` is called; both close it, and what
 * is called after it does nothing.
 */
export interface NewObject {
  readonly file: FileHandle;
  /** Where the file is. */
  readonly path: string;
  /** Makes the bytes the object of its name, in the place of one that has it. When it returns, they survive a power cut. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** An object as a file of this machine, which may still be coming. Must be opened without following a link. */
export interface LocalCopy {
  readonly path: string;
  /** Its name in the staging folder, if it was made for this. */
  readonly staged?: string;
  /** Size of the file, also while bytes are missing from it. */
  readonly bytes: number;
  /** Resolves when the bytes before `end` are in the file. */
  until(end: number): Promise<void>;
  /** When it returns, nothing is written to the file any more, and it is gone if it was made for this. */
  release(): Promise<void>;
}

/**
 * Where sealed bytes lie: one object for each blob, which the store keeps as it is and cannot read. `SealedBlobStore`
 * stands before it. Throws `vault.damaged` for what is not there, and `vault.unreachable` where that cannot be told.
 */
export interface SealedObjects {
  /** Whether `fetch` has to bring the bytes to this machine. */
  readonly isElsewhere: boolean;
  /** Folder of this machine in which new objects are filled. */
  readonly pendingFolder: string;
  create(name: BlobName): Promise<NewObject>;
  /** To be read at any place and in any order, best forwards. */
  open(name: BlobName): Promise<ByteSource>;
  /** For threads that read and write files by themselves. `signal` ends the coming as well. */
  fetch(name: BlobName, signal?: AbortSignal): Promise<LocalCopy>;
  /** Undefined when it is not there. Sealed bytes. */
  stat(name: BlobName): Promise<{ readonly bytes: number } | undefined>;
  /** No-op when it is not there. */
  remove(name: BlobName): Promise<void>;
  /** Every patient that has anything in the store. */
  patients(): Promise<string[]>;
  list(patientId: string): AsyncIterable<StoredBlob>;
  /** Removes what writes left behind that never ended; only safe while nothing is written. Returns how many. */
  sweep(): Promise<number>;
}
