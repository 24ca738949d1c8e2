import type { DicomAttributes } from './attributes.js';

/** What one attribute has to be, as PS3.4 §C.2.2.2 has it: a value, with wildcards, a range, or a list of UIDs. */
export interface MatchingKey {
  /** Eight hex digits, upper case. */
  readonly tag: string;
  readonly vr: string;
  /** As it came; empty matches everything (universal matching). */
  readonly value: string;
}

// Wildcards have a meaning for these only (PS3.4 §C.2.2.2.4); elsewhere a star is a star.
const WILDCARDS = new Set(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UR', 'UT']);

/**
 * True when an object has what every key asks for. An attribute that the object does not have matches only a key that
 * is empty or `*`. Names are compared without regard to case and accents, which the standard leaves to us.
 */
export const matches = (attributes: DicomAttributes, keys: readonly MatchingKey[]): boolean =>
  keys.every((key) => matchesKey(attributes[key.tag] ?? [], key));

function matchesKey(values: readonly string[], { vr, value }: MatchingKey): boolean {
  const wanted = vr === 'UI' ? value.replace(/\0/g, '').trim() : value.trim();
  if (wanted === '' || (WILDCARDS.has(vr) && /^\*+$/.test(wanted))) return true;
  // Any value of several is enough (PS3.4 §C.2.2.3).
  const test = testOf(vr, wanted);
  return values.some(test);
}

function testOf(vr: string, wanted: string): (value: string) => boolean {
  switch (vr) {
    case 'UI': {
      // A list, with a backslash in DIMSE and a comma in DICOMweb.
      const uids = new Set(wanted.split(/[\\,]/).map((uid) => uid.trim()));
      return (value) => uids.has(value);
    }
    case 'DA':
      return range(wanted, (text) => text.replace(/\D/g, '').slice(0, 8));
    case 'TM':
      return range(wanted, (text) => text.replace(/[^\d.]/g, ''));
    case 'IS':
    case 'US':
    case 'UL':
    case 'SS':
    case 'SL':
      return (value) => Number(value) === Number(wanted);
    default:
      return text(vr, wanted);
  }
}

/** `a`, `a-b`, `a-` or `-b`. A shorter value stands for all that begin with it: 10 is all of the tenth hour. */
function range(wanted: string, plain: (text: string) => string): (value: string) => boolean {
  const at = wanted.indexOf('-');
  const from = plain(at < 0 ? wanted : wanted.slice(0, at));
  const to = plain(at < 0 ? wanted : wanted.slice(at + 1));
  return (value) => {
    const found = plain(value);
    if (found === '') return false;
    return (from === '' || found >= from) && (to === '' || found.slice(0, to.length) <= to);
  };
}

function text(vr: string, wanted: string): (value: string) => boolean {
  const plain = vr === 'PN' ? plainName : (value: string) => value.trim();
  const pattern = plain(wanted);
  const same =
    WILDCARDS.has(vr) && /[*?]/.test(pattern)
      ? (value: string) => fits(value, pattern)
      : (value: string) => value === pattern;
  if (vr !== 'PN') return (value) => same(plain(value));
  // A name in several scripts is found by any of them.
  return (value) => same(plain(value)) || plain(value).split('=').some(same);
}

/** Case and accents do not count, nor do empty components at the end: `Doe^Jane^^` is `DOE^JANE`. */
const plainName = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split('=')
    .map((group) => group.trim().replace(/\^+$/, ''))
    .join('=')
    .replace(/=+$/, '');

/**
 * `*` is any run of characters, `?` is one. Walks over both once and goes back to the last star only, so that no
 * pattern costs more than the product of the lengths; a regular expression made of stars would.
 */
function fits(value: string, pattern: string): boolean {
  let v = 0;
  let p = 0;
  let star = -1;
  let mark = 0;
  while (v < value.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = v;
    } else if (pattern[p] === '?' || pattern[p] === value[v]) {
      v++;
      p++;
    } else if (star >= 0) {
      p = star + 1;
      v = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
