import type { TFunction } from 'i18next';
import type { Item } from '../api/types.js';
import { longDate } from './times.js';
import { number } from './sizes.js';

const PLAIN = ['CT', 'MR', 'US', 'CR', 'DX', 'RG', 'MG', 'XA', 'RF', 'NM', 'PT', 'ECG'] as const;
type PlainModality = (typeof PLAIN)[number];
const isPlain = (modality: string): modality is PlainModality =>
  (PLAIN as readonly string[]).includes(modality);

const DOCUMENTS = {
  cda: 'cda',
  fhir: 'fhir',
  hl7v2: 'hl7v2',
  image: 'picture',
  webp: 'picture',
} as const satisfies Partial<Record<Item['formats'][number], string>>;
export type DocumentKind = (typeof DOCUMENTS)[keyof typeof DOCUMENTS] | 'document';

/** What a document is, as far as that says something to people. */
export function documentKind({ formats: [format] }: Pick<Item, 'formats'>): DocumentKind {
  return format !== undefined && format in DOCUMENTS
    ? DOCUMENTS[format as keyof typeof DOCUMENTS]
    : 'document';
}

/** What kind of thing it is, for people: “CT scan”, “Genome data”, “Picture”. */
export function kindWords(item: Pick<Item, 'kind' | 'study' | 'formats'>, t: TFunction): string {
  if (item.kind === 'genome') return t('record.kind.genome');
  if (item.kind === 'document') return t(`record.document.${documentKind(item)}`);
  const known = (item.study?.modalities ?? []).filter(isPlain);
  const first = known[0];
  return first === undefined ? t('record.kind.imaging') : t(`record.modality.${first}`);
}

/** “108 images”, “2 files”. */
export const countWords = (item: Pick<Item, 'kind' | 'count'>, language: string, t: TFunction): string =>
  t(item.kind === 'imaging' ? 'record.images' : 'record.files', {
    count: item.count,
    number: number(item.count, language),
  });

/** The day that matters: when it was taken, otherwise when it came. */
export const dayOf = (item: Pick<Item, 'takenOn' | 'addedAt'>): string => item.takenOn ?? item.addedAt;

/** One line under a title: kind, day, count. The kind is left out where the title already says it. */
export function itemLine(item: Item, language: string, t: TFunction): string {
  const parts = [kindWords(item, t), longDate(dayOf(item), language), countWords(item, language, t)];
  return parts.join(' · ');
}
