import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One browser in which an account is signed in. Lives on the server; the cookie holds only the secret to it. */
@Entity('sign_in')
export class SignIn {
  @PrimaryColumn('text')
  id!: string;

  @Index({ unique: true })
  @Column('text')
  secretHash!: string;

  @Index()
  @Column('text')
  accountId!: string;

  @Column('text')
  userAgent!: string;

  @Column('text')
  createdAt!: string;

  @Column('text')
  lastSeenAt!: string;

  @Column('text')
  expiresAt!: string;
}
