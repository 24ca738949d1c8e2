import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Control } from '@vitrine/delegation';
import type { ParticipantRef } from './ticket.entity.js';

/** One tunnel of one participant, from join to leave. Written in the transaction that redeems the ticket. */
@Entity('participation')
@Index(['sessionId', 'leftAt'])
export class Participation {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  sessionId!: string;

  /** Account id or grant id: what a revocation names. */
  @Index()
  @Column('text')
  participantId!: string;

  @Column('simple-json')
  participant!: ParticipantRef;

  @Column('text')
  control!: Control;

  @Column('text')
  joinedAt!: string;

  @Column('text', { nullable: true })
  leftAt!: string | null;
}
