import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Checkpoint } from '@vitrine/sealing';

/** What the session host signed of the record of acts. Rows are only ever added, as to that itself. */
@Entity('audit_checkpoint')
export class AuditCheckpoint implements Checkpoint {
  @PrimaryColumn('integer')
  number!: number;

  @Column('text')
  previous!: string;

  @Column('integer')
  firstSequence!: number;

  @Column('integer')
  lastSequence!: number;

  @Column('integer')
  lines!: number;

  @Column('text')
  sha256!: string;

  @Column('text')
  at!: string;

  @Column('text')
  signature!: string;
}
