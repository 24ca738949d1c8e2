/** The part of a record that a document belongs to; what is not plainly another is medical. */
export const PARTS = ['personal', 'medical', 'medication', 'insurance', 'imaging', 'genome'] as const;
export type Part = (typeof PARTS)[number];

/** What one document says of itself, as bounded plain text. Untrusted: nothing here may become a path or markup. */
export interface DocumentFacts {
  /** Empty when it says none. */
  readonly title: string;
  /** `YYYY-MM-DD` or empty, like `patientBirthDate`: when it was written, or the latest day that it tells of. */
  readonly date: string;
  /** Who made or keeps it. */
  readonly institution: string;
  /** “Given Family” of whom it is about. */
  readonly patientName: string;
  readonly patientBirthDate: string;
  /** It is about more than one person. */
  readonly severalPeople: boolean;
  readonly part: Part;
}

export const DOCUMENT_FORMATS = ['cda', 'fhir', 'hl7v2'] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** What a file is, told from all of its content. */
export type DocumentAnswer =
  | {
      readonly kind: 'document';
      readonly format: DocumentFormat;
      readonly facts: DocumentFacts;
      /** It holds something that a careless program would run. */
      readonly active: boolean;
    }
  /** `unsafe`: made to harm its reader. `damaged`: it begins like a document and is none. */
  | { readonly kind: 'refused'; readonly reason: 'unsafe' | 'damaged' | 'too-large' };

const TEXT_FIELDS = {
  title: 120,
  date: 10,
  institution: 120,
  patientName: 128,
  patientBirthDate: 10,
} as const satisfies Partial<Record<keyof DocumentFacts, number>>;

export const TITLE_LENGTH = TEXT_FIELDS.title;
export const NAME_LENGTH = TEXT_FIELDS.patientName;

/** Checks facts that came from the process that reads files; undefined unless every one is of its type and bounded. */
export function checkDocumentFacts(untrusted: unknown): DocumentFacts | undefined {
  if (typeof untrusted !== 'object' || untrusted === null) return undefined;
  const given = untrusted as Record<string, unknown>;
  const texts: Record<string, string> = {};
  for (const [field, maximum] of Object.entries(TEXT_FIELDS)) {
    const value = given[field];
    if (typeof value !== 'string' || value.length > maximum) return undefined;
    texts[field] = value;
  }
  const { date, patientBirthDate } = texts;
  if (![date, patientBirthDate].every((day) => /^(\d{4}-\d{2}-\d{2})?$/.test(day ?? ''))) return undefined;
  const { severalPeople, part } = given;
  if (typeof severalPeople !== 'boolean' || !(PARTS as readonly unknown[]).includes(part)) return undefined;
  return { ...texts, severalPeople, part } as DocumentFacts;
}
