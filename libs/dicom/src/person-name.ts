import { cleanText } from './text.js';

/** “Given Middle Family” from a PN value (PS3.5 §6.2.1): the alphabetic group, or else the first that says something. */
export function plainPersonName(value: string): string {
  const group = value.split('=').find((part) => part.replace(/[\s^]/g, '') !== '') ?? '';
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = group.split('^');
  return cleanText([prefix, given, middle, family, suffix].join(' '), 128);
}

/** `YYYY-MM-DD` from a DA value, or empty when it is no calendar date. Knows the dotted form of old files. */
export function plainDate(value: string): string {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})/.exec(value.trim());
  if (!match) return '';
  const text = `${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}`;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : '';
}

const TITLES = new Set(['dr', 'prof', 'mr', 'mrs', 'ms', 'miss', 'herr', 'frau', 'med', 'jr', 'sr']);
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'a',
  œ: 'o',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  þ: 'th',
  ð: 'd',
  ı: 'i',
};

/** The words of a name in the form in which two spellings of one name are equal: no case, accent, title or initial. */
function nameWords(name: string): string[] {
  const folded = name
    .toLowerCase()
    .replace(/[ßæœøđłþðı]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    // Müller, Muller and Mueller are one name.
    .replace(/([aou])e/g, '$1');
  const words = folded.split(/[^\p{L}]+/u).filter((word) => word !== '' && !TITLES.has(word));
  // A single letter is an initial in the Latin script, and a whole name in others.
  return words.filter((word) => word.length > 1 || !/[a-z]/.test(word));
}

/** True when both may be the same person's name: one has all the words of the other, in any order. */
export function sameName(a: string, b: string): boolean {
  const [short = [], long = []] = [nameWords(a), nameWords(b)].sort((x, y) => x.length - y.length);
  if (short.length === 0) return long.length === 0;
  if (short.length < 2 && long.length >= 2) return false;
  if (short.join('') === long.join('')) return true;
  const left = [...long];
  return short.every((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

export interface PersonFacts {
  readonly name: string;
  /** `YYYY-MM-DD`; null or empty when not known. */
  readonly birthDate: string | null;
}

/** True when what the images say of the person contradicts what is known. What is not said contradicts nothing. */
export const contradicts = (images: PersonFacts, person: PersonFacts): boolean =>
  (images.name !== '' && !sameName(images.name, person.name)) ||
  (!!images.birthDate && !!person.birthDate && images.birthDate !== person.birthDate);
