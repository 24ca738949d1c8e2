import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * What became of something that a provider put into a record. Outlives the item, and is all that the provider ever
 * sees of it: what was sent, and the patient's answer.
 */
@Entity('deposit')
export class Deposit {
  /** The item's, also when it is no longer there. */
  @PrimaryColumn('text')
  itemId!: string;

  @Index()
  @Column('text')
  importId!: string;

  @Column('text')
  title!: string;

  @Column('integer')
  count!: number;

  @Column('text', { default: 'pending' })
  decision!: 'pending' | 'accepted' | 'rejected';

  @Column('text', { nullable: true })
  decidedAt!: string | null;
}
