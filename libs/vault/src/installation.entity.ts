import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The one row says which installation the database belongs to. */
@Entity('installation')
export class Installation {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  since!: string;
}
