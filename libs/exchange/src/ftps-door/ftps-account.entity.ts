import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A provider's login for the FTPS drop. There is one for each provider; it puts files in and opens nothing else. */
@Entity('ftps_account')
export class FtpsAccount {
  @PrimaryColumn('text')
  id!: string;

  /** The provider, who answers for what comes by it. */
  @Index({ unique: true })
  @Column('text')
  accountId!: string;

  @Index({ unique: true })
  @Column('text')
  userName!: string;

  /** Of the password. */
  @Column('text')
  secretHash!: string;

  @Column('text')
  createdAt!: string;

  @Column('text', { nullable: true })
  lastUsedAt!: string | null;
}
