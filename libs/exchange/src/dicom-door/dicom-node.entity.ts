import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A provider's PACS or workstation known to us by DIMSE. What it sends, and what it reads, counts as the provider's. */
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

  /** SHA-256 of the certificate that it has to show, in lower case hex digits; null lets it in without one. */
  @Column('text', { nullable: true })
  certificate!: string | null;

  /** Where it takes what it has fetched (C-MOVE): an IP address, and a port. Null for a system that takes nothing. */
  @Column('text', { nullable: true })
  host!: string | null;

  @Column('integer', { nullable: true })
  port!: number | null;

  @Column('text')
  createdAt!: string;
}
