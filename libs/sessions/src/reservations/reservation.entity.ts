import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A place that is kept for a patient's viewer at a later time. Its row only ever changes by being cancelled. */
@Entity('reservation')
@Index(['endsAt'])
export class Reservation {
  @PrimaryColumn('text')
  id!: string;

  @Index()
  @Column('text')
  patientId!: string;

  /** What they want to look at then; they may look at something else. */
  @Column('simple-json')
  itemIds!: string[];

  /** In the words that the record had for it when it was made. */
  @Column('text')
  title!: string;

  /** Null for the best fitting one. */
  @Column('text', { nullable: true })
  viewerId!: string | null;

  /** What is kept free. */
  @Column('integer')
  memoryMiB!: number;

  @Column('text')
  createdAt!: string;

  @Column('text')
  beginsAt!: string;

  @Column('text')
  endsAt!: string;

  @Column('text', { nullable: true })
  cancelledAt!: string | null;
}
