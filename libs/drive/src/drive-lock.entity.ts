import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A write lock (RFC 4918 §6, §7). It is the patient's, whichever program took it. */
@Entity('drive_lock')
@Index(['patientId', 'nodeId'])
export class DriveLock {
  /** The state token, a URN of a random UUID. */
  @PrimaryColumn('text')
  token!: string;

  @Column('text')
  patientId!: string;

  @Column('text')
  nodeId!: string;

  @Column('text')
  scope!: 'exclusive' | 'shared';

  @Column('text')
  depth!: '0' | 'infinity';

  /** What the client said about who holds it: an XML element, or empty. */
  @Column('text')
  owner!: string;

  @Column('text')
  expiresAt!: string;
}
