import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** view = sees the picture; control = may use mouse and keyboard too. */
export type Control = 'view' | 'control';

/** A link that lets somebody without an account into a viewer over chosen items. Shown once; only hashes are kept. */
@Entity('share_link')
export class ShareLink {
  @PrimaryColumn('text')
  id!: string;

  @Index({ unique: true })
  @Column('text')
  secretHash!: string;

  @Index()
  @Column('text')
  patientId!: string;

  /** What the visitor may see: the items that the viewer is started with. */
  @Column('simple-json')
  itemIds!: string[];

  @Column('text')
  viewerId!: string;

  /** The running session it was made from; null for a link that starts its own. */
  @Column('text', { nullable: true })
  sessionId!: string | null;

  @Column('text')
  control!: Control;

  /** The patient's own word for it, for example “Dr Weber”. */
  @Column('text')
  label!: string;

  /** Its visitors have their names over the picture, and `label` beside any other name. */
  @Column('boolean', { default: false })
  watermark!: boolean;

  @Column('text', { nullable: true })
  recipientEmail!: string | null;

  /** argon2id; null when no passcode was set. */
  @Column('text', { nullable: true })
  passcodeHash!: string | null;

  /** Counted before the passcode is checked, over the whole life of the link. */
  @Column('integer', { default: 0 })
  passcodeTries!: number;

  @Column('integer')
  maximumUses!: number;

  @Column('integer', { default: 0 })
  uses!: number;

  @Column('text')
  createdAt!: string;

  @Column('text')
  expiresAt!: string;

  @Column('text', { nullable: true })
  revokedAt!: string | null;
}
