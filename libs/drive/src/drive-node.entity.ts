import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A folder or a file of a patient's drive. The top folder has no row: its id is the patient's. */
@Entity('drive_node')
@Index(['patientId', 'parentId', 'name'], { unique: true })
@Index(['patientId', 'blobId'])
export class DriveNode {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  patientId!: string;

  @Column('text')
  parentId!: string;

  /** As the client wrote it, in Unicode's composed form: data, never a path. */
  @Column('text')
  name!: string;

  /** Null for a folder. */
  @Column('text', { nullable: true })
  blobId!: string | null;

  @Column('integer', { default: 0 })
  bytes!: number;

  /** New with all content that is written, so that an entity tag never names two contents. */
  @Column('text')
  version!: string;

  @Column('text')
  createdAt!: string;

  @Column('text')
  modifiedAt!: string;

  /** Since when this content waits to be offered to the record; null when it does not. */
  @Index()
  @Column('text', { nullable: true })
  pendingSince!: string | null;
}
