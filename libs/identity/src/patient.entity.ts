import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Whose record it is. Apart from the account, so that a record outlives a sign-in and can have other keepers. */
@Entity('patient')
export class Patient {
  @PrimaryColumn('text')
  id!: string;

  @Index({ unique: true })
  @Column('text')
  accountId!: string;

  @Column('text')
  name!: string;

  /** Calendar date `YYYY-MM-DD`; deposits are compared with it. */
  @Column('text', { nullable: true })
  birthDate!: string | null;

  @Column('text')
  createdAt!: string;
}
