import type { EntityManager } from 'typeorm';
import type { InstanceFacts, PersonFacts } from '@vitrine/dicom';
import type { DocumentFacts } from '@vitrine/documents';
import type { Format, ItemOrigin, ItemState } from './record-item.entity.js';

/** A file whose bytes are in the vault and whose kind is known. */
export interface NewFile {
  readonly blobId: string;
  readonly bytes: number;
  /** The path it came with, `/` between folders: data, never a path of ours. */
  readonly untrustedName: string;
  readonly format: Format | 'index';
  /** Exactly for the format `dicom`. */
  readonly dicom?: InstanceFacts;
  /** For a document that says of itself what it is. */
  readonly document?: DocumentFacts;
  /** Exactly for the format `index`. */
  readonly index?: IndexKind;
  /** `YYYY-MM-DD`: when a PDF was made or a picture taken, where it says so. */
  readonly takenOn?: string;
}

/** What an index is by its content, which says what it can belong to. */
export const INDEX_KINDS = ['bai', 'csi', 'tbi', 'crai', 'fai'] as const;
export type IndexKind = (typeof INDEX_KINDS)[number];

/** What is added to a record at one go. */
export interface Addition {
  readonly patientId: string;
  readonly importId: string;
  readonly state: ItemState;
  readonly origin: ItemOrigin;
  /** Whose record it is, to compare with what the images say. */
  readonly person: PersonFacts;
  readonly files: readonly NewFile[];
  /**
   * For a deposit: which of these imports are by the same depositor, so that images that come one by one make one
   * pending item. Without it a deposit joins nothing.
   */
  readonly sameDepositor?: (
    manager: EntityManager,
    importIds: readonly string[],
  ) => Promise<ReadonlySet<string>>;
}

/** What became of a file, where that is not simply “added”. */
export interface FileOutcome {
  readonly untrustedName: string;
  /**
   * duplicate = the record has the same bytes already, or an image with the same data set; differs = another version of
   * an image that the record has, kept beside it; other-person = the same study under somebody else's name, kept apart;
   * lonely-index = an index whose data file is not here, not added.
   */
  readonly outcome: 'duplicate' | 'differs' | 'other-person' | 'lonely-index';
}

export interface AdditionResult {
  readonly itemIds: readonly string[];
  readonly filesAdded: number;
  readonly outcomes: readonly FileOutcome[];
  /** Blobs that may be needed by nothing now. */
  readonly unneeded: readonly string[];
}
