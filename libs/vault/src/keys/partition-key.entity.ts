import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { KeyPurpose } from './partition.js';

/** A key of one patient for one purpose, wrapped by the patient's key. The highest version is used for new bytes. */
@Entity('partition_key')
export class PartitionKey {
  @PrimaryColumn('text')
  patientId!: string;

  @PrimaryColumn('text')
  purpose!: KeyPurpose;

  @PrimaryColumn('integer')
  version!: number;

  @Column('integer')
  patientKeyVersion!: number;

  @Column('text')
  wrappedKey!: string;

  @Column('text')
  createdAt!: string;
}
