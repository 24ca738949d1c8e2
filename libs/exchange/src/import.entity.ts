import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ProblemCode } from '@vitrine/kernel';

export type ImportState = 'receiving' | 'examining' | 'done' | 'failed';

/** One row of the report: a file that was refused or needs a word, by the name it came with. */
export interface ImportNote {
  readonly untrustedName: string;
  readonly code:
    | ProblemCode
    | 'exchange.duplicate'
    | 'exchange.flagged'
    | 'exchange.hidden-content'
    | 'exchange.ignored'
    | 'exchange.not-scanned';
  readonly message: string;
  /** A proper name that belongs to it and has no translation: of a signature by which something was recognised. */
  readonly detail?: string;
}

/** What was added at one go by one person: a drop of files, a folder, a disc, a ZIP. */
@Entity('import')
export class Import {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  patientId!: string;

  /** The patient, or the provider who deposits. */
  @Column('text')
  accountId!: string;

  /** Set when a provider deposits: the code that the patient made. */
  @Column('text', { nullable: true })
  depositCodeId!: string | null;

  /**
   * Set when a provider's system sends, and is told of each file that it is kept: the PACS (`DicomNode`) or the login for
   * FTPS (`FtpsAccount`). Then it ends by itself and nobody has to finish it.
   */
  @Column('text', { nullable: true })
  senderId!: string | null;

  /**
   * Set when a program sent it in one request by DICOMweb: nothing but images is taken then, and what the request did
   * not bring to its end is given up.
   */
  @Column('text', { nullable: true })
  accessTokenId!: string | null;

  @Column('text')
  state!: ImportState;

  @Column('integer', { default: 0 })
  filesReceived!: number;

  @Column('integer', { default: 0 })
  filesExamined!: number;

  @Column('integer', { default: 0 })
  filesStored!: number;

  @Column('integer', { default: 0 })
  filesDuplicate!: number;

  @Column('simple-json')
  notes!: ImportNote[];

  /** Notes beyond those that are kept, so that ten thousand bad files do not make a page of ten thousand lines. */
  @Column('integer', { default: 0 })
  notesOmitted!: number;

  @Column('simple-json')
  itemIds!: string[];

  @Column('text')
  createdAt!: string;

  @Column('text', { nullable: true })
  finishedAt!: string | null;
}
