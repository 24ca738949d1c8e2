import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A dead property (RFC 4918 §4.3): what a client noted about a node. */
@Entity('drive_property')
export class DriveProperty {
  @PrimaryColumn('text')
  nodeId!: string;

  @PrimaryColumn('text')
  namespace!: string;

  @PrimaryColumn('text')
  name!: string;

  @Index()
  @Column('text')
  patientId!: string;

  /** The whole element, which stands by itself. */
  @Column('text')
  xml!: string;
}
