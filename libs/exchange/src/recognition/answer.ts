import { checkInstanceFacts, type InstanceFacts } from '@vitrine/dicom';
import { checkDocumentFacts, DOCUMENT_FORMATS, type DocumentFacts } from '@vitrine/documents';
import { PROBLEMS, type ProblemCode } from '@vitrine/kernel';
import { FORMATS, INDEX_KINDS, type Format, type IndexKind } from '@vitrine/records';

/** What a file is, found out by its content. */
export type Answer =
  | {
      readonly kind: 'file';
      readonly format: Format | 'index';
      /** Exactly for the format `dicom`. */
      readonly dicom?: InstanceFacts;
      /** Exactly for the formats of documents that say what they are. */
      readonly document?: DocumentFacts;
      /** Exactly for the format `index`. */
      readonly index?: IndexKind;
      /** `YYYY-MM-DD`: when a PDF was made or a picture taken, where it says so. */
      readonly takenOn?: string;
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

const isIndexKind = (value: unknown): value is IndexKind =>
  (INDEX_KINDS as readonly unknown[]).includes(value);

const isDocumentFormat = (value: unknown): boolean =>
  (DOCUMENT_FORMATS as readonly unknown[]).includes(value);

const isDay = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);

export const isProblemCode = (value: unknown): value is ProblemCode =>
  typeof value === 'string' && Object.hasOwn(PROBLEMS, value);

/** Checks an answer of the process that reads files, which may have been taken over by what it read. */
export function checkAnswer(untrusted: unknown): Answer | undefined {
  if (typeof untrusted !== 'object' || untrusted === null) return undefined;
  const { kind, format, dicom, document, index, flagged, takenOn, code } = untrusted as Record<
    string,
    unknown
  >;
  switch (kind) {
    case 'archive':
    case 'ignored':
    case 'empty':
      return { kind };
    case 'refused':
      return isProblemCode(code) && code.startsWith('exchange.') ? { kind, code } : undefined;
    case 'file': {
      if (!isFormat(format) || typeof flagged !== 'boolean') return undefined;
      if (format === 'dicom') {
        const facts = checkInstanceFacts(dicom);
        return facts === undefined ? undefined : { kind, format, flagged, dicom: facts };
      }
      if (format === 'index') return isIndexKind(index) ? { kind, format, flagged, index } : undefined;
      if (!isDocumentFormat(format)) return { kind, format, flagged, ...(isDay(takenOn) ? { takenOn } : {}) };
      const facts = checkDocumentFacts(document);
      return facts === undefined ? undefined : { kind, format, flagged, document: facts };
    }
    default:
      return undefined;
  }
}
