import { checkInstanceFacts, type InstanceFacts } from '@vitrine/dicom';
import { PROBLEMS, type ProblemCode } from '@vitrine/kernel';
import { FORMATS, type Format } from '@vitrine/records';

/** What a file is, found out by its content. */
export type Answer =
  | {
      readonly kind: 'file';
      readonly format: Format | 'index';
      /** Exactly for the format `dicom`. */
      readonly dicom?: InstanceFacts;
      /** It is something else too, or holds something active. Kept as it came, and said so. */
      readonly flagged: boolean;
    }
  /** A ZIP: its entries are looked at one by one. */
  | { readonly kind: 'archive' }
  /** Belongs to a disc or a folder and not to a record, such as the disc's own viewer program. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'refused'; readonly code: ProblemCode };

const isFormat = (value: unknown): value is Format | 'index' =>
  value === 'index' || (FORMATS as readonly unknown[]).includes(value);

export const isProblemCode = (value: unknown): value is ProblemCode =>
  typeof value === 'string' && Object.hasOwn(PROBLEMS, value);

/** Checks an answer of the process that reads files, which may have been taken over by what it read. */
export function checkAnswer(untrusted: unknown): Answer | undefined {
  if (typeof untrusted !== 'object' || untrusted === null) return undefined;
  const { kind, format, dicom, flagged, code } = untrusted as Record<string, unknown>;
  switch (kind) {
    case 'archive':
    case 'ignored':
    case 'empty':
      return { kind };
    case 'refused':
      return isProblemCode(code) && code.startsWith('exchange.') ? { kind, code } : undefined;
    case 'file': {
      if (!isFormat(format) || typeof flagged !== 'boolean') return undefined;
      if (format !== 'dicom') return { kind, format, flagged };
      const facts = checkInstanceFacts(dicom);
      return facts === undefined ? undefined : { kind, format, flagged, dicom: facts };
    }
    default:
      return undefined;
  }
}
