import { cleanText } from '@vitrine/dicom';
import { everydayWords } from './everyday-words.js';
import { baseName } from './file-groups.js';
import type { RecordFile } from './record-file.entity.js';
import type { RecordItem } from './record-item.entity.js';

// A scan of ten thousand slices with as many names is found by what it is.
const NAMES = 300;
const LONGEST_TEXT = 20_000;

/** The languages of the portal, in which people write months. */
const MONTHS = ['en', 'de'].map(
  (language) => new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' }),
);

type Named = Pick<RecordFile, 'untrustedName' | 'seriesDescription'>;

/** The text by which an item is found. All of it from files is untrusted and may only ever be matched. */
export function searchText(item: RecordItem, files: readonly Named[]): string {
  const { study, document } = item;
  const parts = [
    item.title,
    item.kind,
    ...item.formats,
    item.origin.kind === 'provider' ? item.origin.name : '',
    document?.institution ?? '',
    ...(study === null
      ? []
      : [study.description, study.bodyPart, study.institution, study.accessionNumber, ...study.modalities]),
    ...everydayWords(item),
    ...(item.takenOn === null ? [] : dateWords(item.takenOn)),
    ...first(files.map(({ seriesDescription }) => seriesDescription ?? '')),
    ...first(files.map(({ untrustedName }) => baseName(untrustedName))),
  ];
  return cleanText(parts.filter(Boolean).join(' ').normalize('NFKC'), LONGEST_TEXT);
}

// A word can be found by its beginning, so what is cut off is missed by nobody; an index takes no longer ones.
const LONGEST_WORD = 200;

/** The words of a text as they are indexed and searched: letters without case and accents, and figures, nothing else. */
export function wordsOf(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    // The same letter at the end of a word and within.
    .replaceAll('ς', 'σ')
    .normalize('NFC');
  const words = folded.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
  return words.map((word) => word.slice(0, LONGEST_WORD).replace(/[\ud800-\udbff]$/, ''));
}

const first = (texts: readonly string[]): string[] => [...new Set(texts)].slice(0, NAMES);

/** 2012-09-14: as it stands, without the zeros, and with the month's name. */
function dateWords(day: string): string[] {
  const date = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return [day];
  const [, month = '', dayOfMonth = ''] = day.split('-');
  return [day, String(Number(dayOfMonth)), String(Number(month)), ...MONTHS.map((one) => one.format(date))];
}
