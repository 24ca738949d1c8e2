import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Isolation } from '@vitrine/hypervisor';
import type { ViewerNetwork, ViewerResources } from '@vitrine/session-host';

/**
 * testing = the admission test runs; awaiting = made in the studio and tested, and no admin has approved it yet; offered =
 * patients may choose it; refused = it failed its test.
 */
export type ViewerState = 'testing' | 'awaiting' | 'offered' | 'refused' | 'disabled';

/** Where an image comes from that was made in the studio. */
export interface ViewerOrigin {
  readonly version: string;
  /** Who submitted it; absent for images that were made before this was written down. */
  readonly madeBy?: { readonly id: string; readonly name: string };
  /** The viewer that was built on, by name, digest and the day its image was made. */
  readonly base: { readonly title: string; readonly imageDigest: string; readonly createdAt: string };
  /** ISO 8601; null until an admin approved it. */
  readonly approvedAt: string | null;
}

/** none = its image has no use for a folder for results; off = it has none; on = an admin allows it one. */
export type ResultsChoice = 'none' | 'off' | 'on';

export const leavesResults = ({ results }: Pick<Viewer, 'results'>): boolean => results === 'on';

export interface AdmissionReport {
  readonly at: string;
  readonly passed: boolean;
  /** What was tested: a report says nothing about another image. */
  readonly imageDigest: string;
  /** Each check that is over, in plain words with its outcome, in the order in which they ran. */
  readonly checks: readonly AdmissionCheck[];
  /** How far a test is that is not over yet; absent from the report of one that is. */
  readonly underWay?: AdmissionUnderWay;
}

export interface AdmissionCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

export interface AdmissionUnderWay {
  /** The name of the check that runs; null while the test waits for its turn. */
  readonly running: string | null;
  /** The names of those after it, in order. */
  readonly toCome: readonly string[];
}

/** A viewer in the catalogue: what `viewer.yaml` says, bound to one image by digest. */
@Entity('viewer')
export class Viewer {
  /** Short and readable, from the manifest: `ohif`, `mupdf`. */
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  title!: string;

  @Column('text')
  sentence!: string;

  @Column('text')
  licence!: string;

  @Column('simple-json')
  formats!: string[];

  /** Which of several viewers for a format comes first; higher first. */
  @Column('integer', { default: 0 })
  rank!: number;

  @Column('text')
  imageReference!: string;

  /** `sha256:…` of the image's configuration: what is started, whatever the tag says later. */
  @Column('text')
  imageDigest!: string;

  /** The session host's word that this image may show what people have; null until it gave it. Worth nothing for another. */
  @Column('text', { nullable: true })
  registration!: string | null;

  @Column('simple-json')
  resources!: ViewerResources;

  @Column('text')
  network!: ViewerNetwork;

  /** The admin's choice. */
  @Column('text', { default: 'standard' })
  isolation!: Isolation;

  /** The admin's choice, too. */
  @Column('text', { default: 'none' })
  results!: ResultsChoice;
  /** With whom its sessions may speak, where the patient says yes at the start; nobody by default. The admin's choice. */
  @Column('simple-json', { default: '[]' })
  egress!: string[];

  @Column('simple-json')
  display!: { readonly width: number; readonly height: number };

  @Column('text')
  state!: ViewerState;

  /** Built from this installation's own sources: offered without a test, which then only makes its icon. */
  @Column('boolean', { default: false })
  shipped!: boolean;

  /** The last test, or the one that runs; null where none was begun with this image. */
  @Column('simple-json', { nullable: true })
  admission!: AdmissionReport | null;

  /** PNG of its first picture over sample data. */
  @Column('blob', { nullable: true })
  icon!: Buffer | null;

  /** When its image was made: what is installed in it is no newer. Null for those of earlier versions. */
  @Column('text', { nullable: true })
  imageCreatedAt!: string | null;

  /** Of an image that was made in the studio. */
  @Column('simple-json', { nullable: true })
  origin!: ViewerOrigin | null;

  /** Its sessions end after so many at the latest; null for the usual time. */
  @Column('integer', { nullable: true })
  maximumMinutes!: number | null;

  @Column('text')
  createdAt!: string;
}
