import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What is installed in an image. A digest names content, so it stays true, also of images that are offered no longer. */
@Entity('image_packages')
export class ImagePackages {
  /** `sha256:…` */
  @PrimaryColumn('text')
  digest!: string;

  /** How many packages of Debian. */
  @Column('integer')
  count!: number;

  /** CycloneDX 1.5, JSON. */
  @Column('text')
  sbom!: string;

  @Column('text')
  takenAt!: string;
}
