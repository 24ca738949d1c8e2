import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Lets a radiology provider put something into a patient's record, and nothing else. */
@Entity('deposit_code')
export class DepositCode {
  @PrimaryColumn('text')
  id!: string;

  @Index({ unique: true })
  @Column('text')
  secretHash!: string;

  @Index()
  @Column('text')
  patientId!: string;

  @Column('text')
  label!: string;

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
