import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type BlobFinding = 'intact' | 'damaged';

/** What was found when a blob was last read as a whole. A blob that was never read since it came has none. */
@Entity('blob_check')
@Index(['patientId', 'finding'])
@Index(['checkedAt'])
export class BlobCheck {
  @PrimaryColumn('text')
  blobId!: string;

  @Column('text')
  patientId!: string;

  @Column('text')
  checkedAt!: string;

  @Column('text')
  finding!: BlobFinding;
}
