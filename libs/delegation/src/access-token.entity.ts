import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * deposit = put images in, see nothing; read = search and fetch what the patient keeps, change nothing. The other two
 * open the network drive and are app passwords towards patients: drive-read = look at it, drive-write = change it too.
 */
export const TOKEN_SCOPES = ['deposit', 'read', 'drive-read', 'drive-write'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** Lets a program of somebody speak for them towards one patient's record, in one way. */
@Entity('access_token')
export class AccessToken {
  @PrimaryColumn('text')
  id!: string;

  @Index({ unique: true })
  @Column('text')
  secretHash!: string;

  /** Whose record it opens. */
  @Index()
  @Column('text')
  patientId!: string;

  /** For whom the program acts: the patient, or the provider who has a deposit code. */
  @Column('text')
  accountId!: string;

  /** Set when a provider made it of a deposit code; it ends with that code. */
  @Column('text', { nullable: true })
  depositCodeId!: string | null;

  @Column('text')
  label!: string;

  @Column('text')
  scope!: TokenScope;

  @Column('text')
  createdAt!: string;

  @Column('text')
  expiresAt!: string;

  @Column('text', { nullable: true })
  revokedAt!: string | null;

  @Column('text', { nullable: true })
  lastUsedAt!: string | null;
}
