import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a study says of itself, as far as its sender needs it to find the right patient's code. Untrusted, bounded. */
export interface InboxFacts {
  /** `YYYY-MM-DD` or empty. */
  readonly studyDate: string;
  readonly modalities: readonly string[];
  readonly description: string;
  readonly patientInitials: string;
  /** False for files that belong to no study; those of one folder are kept together, and `description` names it. */
  readonly readable: boolean;
}

/**
 * A study, or a folder of other files, that a provider sent without saying for whom. Its files lie among the uploads under the id of this row, which
 * becomes the id of the import when a patient's code is given.
 */
@Entity('inbox_study')
export class InboxStudy {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  accountId!: string;

  /** The PACS (`DicomNode`) or the login for FTPS (`FtpsAccount`) that it came by. */
  @Column('text')
  senderId!: string;

  /** arriving = not looked at yet, perhaps of several studies; waiting = one study that waits for a code. */
  @Column('text')
  state!: 'arriving' | 'waiting';

  @Column('simple-json', { nullable: true })
  facts!: InboxFacts | null;

  @Column('integer', { default: 0 })
  count!: number;

  @Column('integer', { default: 0 })
  bytes!: number;

  @Column('text')
  arrivedAt!: string;
}
