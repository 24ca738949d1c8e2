import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * Lets one system of a provider search and fetch what a patient keeps, by DIMSE: a called title that works for that
 * system only.
 */
@Entity('reading_address')
export class ReadingAddress {
  @PrimaryColumn('text')
  id!: string;

  /** Of the called title. */
  @Index({ unique: true })
  @Column('text')
  secretHash!: string;

  /** Whose record it opens. */
  @Index()
  @Column('text')
  patientId!: string;

  /** The one system that it is for. */
  @Index()
  @Column('text')
  dicomNodeId!: string;

  /** As the system introduces itself, and what its provider calls it. */
  @Column('text')
  peerAeTitle!: string;

  @Column('text')
  peerName!: string;

  /** Whose system it is, in words for the patient. */
  @Column('text')
  providerName!: string;

  @Column('text')
  createdAt!: string;

  @Column('text')
  expiresAt!: string;

  @Column('text', { nullable: true })
  revokedAt!: string | null;

  @Column('text', { nullable: true })
  lastUsedAt!: string | null;
}
