import { DOCUMENT_FORMATS, type DocumentFacts } from '@vitrine/documents';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** imaging = one DICOM study; genome = sequence or variant data with its index; document = anything that is read. */
export type ItemKind = 'imaging' | 'genome' | 'document';

/** kept = part of the record; pending = deposited, waits for the patient's yes or no. */
export type ItemState = 'kept' | 'pending';

/** What a viewer must be able to open. The formats of a viewer's manifest are these words. */
export const FORMATS = [
  'dicom',
  'pdf',
  'bam',
  'cram',
  'vcf',
  'fasta',
  'bed',
  'gff',
  'bcf',
  'genotype',
  'image',
  'webp',
  'text',
  ...DOCUMENT_FORMATS,
] as const;
export type Format = (typeof FORMATS)[number];

/** One thing that a patient sees in the record, opens and shares. Everything in it from a file is untrusted text. */
@Entity('record_item')
@Index(['patientId', 'state'])
@Index(['patientId', 'studyInstanceUid'])
export class RecordItem {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  patientId!: string;

  @Column('text')
  kind!: ItemKind;

  @Column('text')
  state!: ItemState;

  /** Plain words: “CT of the head”, or the file's name for a document. */
  @Column('text')
  title!: string;

  /** When it was taken, `YYYY-MM-DD`, if the file says so. */
  @Column('text', { nullable: true })
  takenOn!: string | null;

  @Column('simple-json')
  formats!: Format[];

  /** Images of a study (frames count), files otherwise. */
  @Column('integer')
  count!: number;

  @Column('integer')
  bytes!: number;

  /** For imaging only. */
  @Column('simple-json', { nullable: true })
  study!: StudyFacts | null;

  /** For a document that says of itself what it is about. */
  @Column('simple-json', { nullable: true })
  document!: AboutDocument | null;

  /** For imaging only: what files of one study have in common. Several items can bear it, see `ItemAssembler`. */
  @Column('text', { nullable: true })
  studyInstanceUid!: string | null;

  /** PNG made by us from pixels that the sandbox returned; null when there is none (yet). */
  @Column('text', { nullable: true })
  thumbnailBlobId!: string | null;

  @Column('text')
  importId!: string;

  @Column('simple-json')
  origin!: ItemOrigin;

  @Column('text')
  addedAt!: string;
}

/** Days after which what was saved in a viewer, and got neither a yes nor a no, is thrown away. */
export const UNDECIDED_RESULT_DAYS = 30;

/** Who put it into the record, or the viewer that it was saved in, by the name that they had then. */
export interface ItemOrigin {
  readonly kind: 'self' | 'provider' | 'viewer';
  readonly name: string;
  readonly at: string;
}

/** What a DICOM study says of itself (PS3.3 C.7.1, C.7.2), as text, bounded, untrusted. */
export interface StudyFacts {
  readonly studyInstanceUid: string;
  readonly description: string;
  readonly modalities: readonly string[];
  readonly bodyPart: string;
  readonly institution: string;
  readonly accessionNumber: string;
  readonly patientName: string;
  /** `YYYY-MM-DD` or empty. */
  readonly patientBirthDate: string;
  readonly seriesCount: number;
  readonly mismatch: Mismatch;
}

/** What a document says of itself and of whom it is about, as text, bounded, untrusted. */
export interface AboutDocument extends Pick<
  DocumentFacts,
  'institution' | 'patientName' | 'patientBirthDate'
> {
  readonly mismatch: Mismatch;
}

/** The name or birth date is not the patient's; confirmed when the patient said that it is theirs all the same. */
export type Mismatch = 'none' | 'unconfirmed' | 'confirmed';
