import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A provider's PACS or workstation that may send to us by DIMSE. Everything that it sends counts as the provider's. */
@Entity('dicom_node')
export class DicomNode {
  @PrimaryColumn('text')
  id!: string;

  /** The provider who registered it. */
  @Index()
  @Column('text')
  accountId!: string;

  /** In the provider's own words. */
  @Column('text')
  name!: string;

  /** How it introduces itself. */
  @Index({ unique: true })
  @Column('text')
  callingAeTitle!: string;

  /** Addresses and networks (`192.0.2.7`, `192.0.2.0/24`) that it comes from; none is from anywhere. */
  @Column('simple-json')
  addresses!: string[];

  /** What it calls to put something into its own inbox. */
  @Index({ unique: true })
  @Column('text')
  inboxAeTitle!: string;

  @Column('text')
  createdAt!: string;
}
