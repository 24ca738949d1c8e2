import { checkAttributes, type DicomAttributes } from './query/attributes.js';

/** What one DICOM file says of itself, as bounded plain text. Untrusted: nothing here may become a path or markup. */
export interface InstanceFacts {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly modality: string;
  /** “Given Family”. */
  readonly patientName: string;
  /** `YYYY-MM-DD` or empty, like `studyDate`. */
  readonly patientBirthDate: string;
  readonly studyDate: string;
  readonly studyDescription: string;
  readonly seriesDescription: string;
  readonly bodyPart: string;
  readonly institution: string;
  readonly accessionNumber: string;
  readonly seriesNumber: number | null;
  readonly instanceNumber: number | null;
  /** Images in the file; 0 for what is no image, such as a report. */
  readonly frames: number;
  /** What it says of itself in the attributes that are searched, as it says it. */
  readonly attributes: DicomAttributes;
}

/** Why a file that is sound as DICOM deserves a second look. */
export type DicomFlag = 'hidden-content' | 'active-document';

export type DicomAnswer =
  | { readonly kind: 'not-dicom' }
  /** The table of contents of a disc (PS3.10 §8.6). What is on the disc is found by content instead. */
  | { readonly kind: 'directory' }
  | { readonly kind: 'refused'; readonly reason: 'truncated' | 'damaged' | 'too-large' }
  | { readonly kind: 'instance'; readonly facts: InstanceFacts; readonly flags: readonly DicomFlag[] };

const TEXT_FIELDS = {
  studyInstanceUid: 64,
  seriesInstanceUid: 64,
  sopInstanceUid: 64,
  sopClassUid: 64,
  transferSyntaxUid: 64,
  modality: 16,
  patientName: 128,
  patientBirthDate: 10,
  studyDate: 10,
  studyDescription: 200,
  seriesDescription: 200,
  bodyPart: 64,
  institution: 200,
  accessionNumber: 64,
} as const satisfies Partial<Record<keyof InstanceFacts, number>>;

const isWhole = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff;

/** Checks facts that came from the process that reads files; undefined unless every one is of its type and bounded. */
export function checkInstanceFacts(untrusted: unknown): InstanceFacts | undefined {
  if (typeof untrusted !== 'object' || untrusted === null) return undefined;
  const given = untrusted as Record<string, unknown>;
  const facts: Record<string, string | number | null> = {};
  for (const [field, maximum] of Object.entries(TEXT_FIELDS)) {
    const value = given[field];
    if (typeof value !== 'string' || value.length > maximum) return undefined;
    facts[field] = value;
  }
  for (const field of ['seriesNumber', 'instanceNumber']) {
    const value = given[field] ?? null;
    if (value !== null && !isWhole(value)) return undefined;
    facts[field] = value;
  }
  const frames = given['frames'];
  if (!isWhole(frames) || frames < 0) return undefined;
  const attributes = checkAttributes(given['attributes']);
  if (attributes === undefined) return undefined;
  return { ...facts, frames, attributes } as unknown as InstanceFacts;
}
