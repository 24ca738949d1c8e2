import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The original bytes of one file in a patient's folder. Immutable; stored under an id of our own. */
@Entity('blob')
@Index(['patientId', 'sha256'], { unique: true })
export class Blob {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  patientId!: string;

  /** Hex SHA-256 of the bytes. */
  @Column('text')
  sha256!: string;

  @Column('integer')
  bytes!: number;

  @Column('text')
  createdAt!: string;
}
