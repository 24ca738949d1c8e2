import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Role } from './roles.js';

/** Somebody who can sign in. */
@Entity('account')
export class Account {
  @PrimaryColumn('text')
  id!: string;

  /** Lower case, trimmed. */
  @Index({ unique: true })
  @Column('text')
  email!: string;

  @Column('text')
  name!: string;

  @Column('text')
  role!: Role;

  /** For providers: the institution in whose name they deposit. */
  @Column('text', { nullable: true })
  organisation!: string | null;

  /** argon2id in PHC string format. */
  @Column('text')
  passwordHash!: string;

  /** True for a password that somebody else made: it has to be replaced at the first sign-in. */
  @Column('boolean', { default: false })
  mustChangePassword!: boolean;

  @Column('integer', { default: 0 })
  wrongPasswords!: number;

  @Column('text', { nullable: true })
  lockedUntil!: string | null;

  @Column('text', { nullable: true })
  disabledAt!: string | null;

  @Column('text')
  createdAt!: string;
}
