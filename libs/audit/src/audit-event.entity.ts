import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { AuditAction, AuditOutcome } from './audit-codes.js';

/** Who did it. `kind` tells which table the id is from; a visitor is a person who came by a share link. */
export interface AuditAgent {
  readonly kind: 'account' | 'visitor' | 'system';
  readonly id: string;
  /** The name as it was then, so that the sentence stays true after a rename or a deletion. */
  readonly name: string;
}

/** What was touched: one entry per item, link, session, viewer or account. */
export interface AuditEntityRef {
  readonly kind:
    | 'item'
    | 'session'
    | 'reservation'
    | 'link'
    | 'deposit-code'
    | 'reading-address'
    | 'dicom-node'
    | 'ftps-account'
    | 'access-token'
    | 'import'
    | 'viewer'
    | 'account';
  readonly id: string;
  readonly label?: string;
}

/** One line of the record of acts. Rows are only ever added; triggers of the database refuse update and delete. */
@Entity('audit_event')
@Index(['patientId', 'sequence'])
export class AuditEvent {
  /** Order of the acts; the time of day may be set back, this never is. */
  @PrimaryGeneratedColumn()
  sequence!: number;

  @Column('text')
  at!: string;

  /** Whose record it concerns; null for acts that concern no patient. */
  @Column('text', { nullable: true })
  patientId!: string | null;

  @Column('text')
  action!: AuditAction;

  @Column('text')
  outcome!: AuditOutcome;

  @Column('simple-json')
  agent!: AuditAgent;

  @Column('simple-json')
  entities!: AuditEntityRef[];

  /** Bounded facts of the act, for example `{ "control": "view" }`. No values from a record. */
  @Column('simple-json')
  details!: Record<string, string | number | boolean>;
}
