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
    | 'exchange.gone'
    | 'exchange.hidden-content'
    | 'exchange.ignored'
    | 'exchange.left-behind'
    | 'exchange.not-scanned'
    | 'exchange.unkept';
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

  /**
   * Set when it was saved in a viewer: the session, of which nothing is taken twice. The account is the patient's own then,
   * and the patient decides as on a deposit.
   */
  @Index({ unique: true })
  @Column('text', { nullable: true })
  sessionId!: string | null;

  /** The viewer's name, as it was then. */
  @Column('text', { nullable: true })
  viewerTitle!: string | null;

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

  /** Of something that nobody can send again: whether the patient was told that it, or some of it, was not kept (`Losses`). */
  @Column('text', { nullable: true })
  loss!: 'unread' | 'read' | null;

  @Column('text')
  createdAt!: string;

  @Column('text', { nullable: true })
  finishedAt!: string | null;
}

/** What it brings waits for the patient's yes or no. */
export const waitsForAnswer = ({ depositCodeId, sessionId }: Import): boolean =>
  depositCodeId !== null || sessionId !== null;

/**
 * Nobody who could send it again hears that it fails: it was saved in a viewer that is gone, or its sender was told of each
 * file that it is kept.
 */
export const cannotComeAgain = ({ sessionId, senderId }: Import): boolean =>
  sessionId !== null || senderId !== null;

/** One of which nothing has come yet; of whom and for whom is for the caller to add. */
export const newImport = (id: string, accountId: string, createdAt: string): Omit<Import, 'patientId'> => ({
  id,
  accountId,
  depositCodeId: null,
  accessTokenId: null,
  senderId: null,
  sessionId: null,
  viewerTitle: null,
  state: 'receiving',
  filesReceived: 0,
  filesExamined: 0,
  filesStored: 0,
  filesDuplicate: 0,
  notes: [],
  notesOmitted: 0,
  itemIds: [],
  loss: null,
  createdAt,
  finishedAt: null,
});
