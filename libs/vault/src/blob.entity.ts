import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The original bytes of one file in a patient's folder. Immutable; stored under an id of our own. */
@Entity('blob')
@Index('IDX_blob_digest', ['patientId', 'digest'], { unique: true })
export class Blob {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  patientId!: string;

  /**
   * Hex HMAC-SHA-256 of the plain bytes under a key of the patient: finds the same bytes again, and does not let a
   * thief of the database look up which known files a patient has.
   */
  @Column('text')
  digest!: string;

  /** What the store needs to open it. Null: stored plain by an older version, sealed at the next start. */
  @Column('text', { nullable: true })
  seal!: string | null;

  @Column('integer')
  bytes!: number;

  @Column('text')
  createdAt!: string;
}
