import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a share link was exchanged for: one browser that may join one viewer. Its cookie holds the secret. */
@Entity('grant')
export class Grant {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  linkId!: string;

  @Index({ unique: true })
  @Column('text')
  secretHash!: string;

  /** As the visitor typed it: untrusted text. */
  @Column('text')
  visitorName!: string;

  /** The session that this visitor looks at, once there is one. */
  @Column('text', { nullable: true })
  sessionId!: string | null;

  @Column('text')
  createdAt!: string;

  @Column('text')
  expiresAt!: string;

  @Column('text', { nullable: true })
  revokedAt!: string | null;
}
