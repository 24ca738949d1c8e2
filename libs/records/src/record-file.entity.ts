import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DicomAttributes } from '@vitrine/dicom';
import type { Format } from './record-item.entity.js';

/** One file of an item. For DICOM it is an instance, and the columns below `dicom` place it in its series. */
@Entity('record_file')
@Index(['itemId', 'seriesInstanceUid', 'instanceNumber'])
export class RecordFile {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  itemId!: string;

  @Index()
  @Column('text')
  patientId!: string;

  @Column('text')
  blobId!: string;

  /** The name it came with: data, never a path. */
  @Column('text')
  untrustedName!: string;

  @Column('text')
  format!: Format | 'index';

  @Column('integer')
  bytes!: number;

  @Column('text', { nullable: true })
  seriesInstanceUid!: string | null;

  @Index()
  @Column('text', { nullable: true })
  sopInstanceUid!: string | null;

  @Column('text', { nullable: true })
  sopClassUid!: string | null;

  @Column('text', { nullable: true })
  transferSyntaxUid!: string | null;

  @Column('text', { nullable: true })
  modality!: string | null;

  @Column('text', { nullable: true })
  seriesDescription!: string | null;

  @Column('integer', { nullable: true })
  seriesNumber!: number | null;

  @Column('integer', { nullable: true })
  instanceNumber!: number | null;

  @Column('integer', { default: 1 })
  frames!: number;

  /** For DICOM: what the image says of itself in the attributes that are searched. Null for what came in before. */
  @Column('simple-json', { nullable: true })
  attributes!: DicomAttributes | null;
}
