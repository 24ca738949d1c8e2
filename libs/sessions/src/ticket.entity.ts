import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Control } from '@vitrine/delegation';

/** One join of one browser to one display: handed out by the control plane, redeemed once by the gateway. */
@Entity('ticket')
export class Ticket {
  @PrimaryColumn('text')
  secretHash!: string;

  @Index()
  @Column('text')
  sessionId!: string;

  @Column('simple-json')
  participant!: ParticipantRef;

  @Column('text')
  control!: Control;

  /** SHA-256 of the sign-in's or grant's cookie: the ticket is worth nothing in another browser. */
  @Column('text')
  cookieHash!: string;

  @Column('text')
  origin!: string;

  @Column('text')
  expiresAt!: string;

  @Column('text', { nullable: true })
  redeemedAt!: string | null;
}

/** Who looks: an account that is signed in, or a visitor with a grant of a share link. */
export interface ParticipantRef {
  readonly kind: 'account' | 'visitor';
  /** Account id or grant id. */
  readonly id: string;
  readonly name: string;
  readonly linkId?: string;
}
