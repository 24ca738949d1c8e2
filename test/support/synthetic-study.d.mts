export interface SyntheticFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface SyntheticCtOptions {
  readonly slices?: number;
  readonly size?: number;
  /** As DICOM has it: `Doe^Jane`. */
  readonly patientName?: string;
  /** `YYYYMMDD` or `YYYY-MM-DD`, like `studyDate`. */
  readonly birthDate?: string;
  readonly studyDate?: string;
  readonly description?: string;
}

export type DicomElement = readonly [
  group: number,
  element: number,
  vr: string,
  value: string | number | Uint8Array,
];

export function syntheticCtStudy(options?: SyntheticCtOptions): SyntheticFile[];
export function dicomFile(
  instanceUid: string,
  elements: readonly DicomElement[],
  meta?: { readonly sopClassUid?: string; readonly transferSyntaxUid?: string },
): Buffer;
export function uidOf(text: string): string;
export function syntheticGenome(): SyntheticFile[];
export function syntheticReportPdf(): SyntheticFile;
