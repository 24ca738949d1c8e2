import type { DicomAttributes } from '../query/attributes.js';
import { KNOWN_ATTRIBUTES } from '../query/attributes.js';

/** The DICOM JSON Model (PS3.18 §F.2): elements by tag, eight hex digits in upper case. */
export type JsonDataSet = Record<string, JsonElement>;

export interface JsonElement {
  readonly vr: string;
  readonly Value?: readonly JsonValue[];
  readonly BulkDataURI?: string;
  readonly InlineBinary?: string;
}

export type JsonValue = string | number | JsonDataSet | PersonNameGroups | null;

/** A name in up to three scripts (PS3.5 §6.2.1.2), by PS3.18 §F.2.2. */
export interface PersonNameGroups {
  readonly Alphabetic?: string;
  readonly Ideographic?: string;
  readonly Phonetic?: string;
}

const NUMBERS = new Set(['DS', 'FD', 'FL', 'IS', 'SL', 'SS', 'SV', 'UL', 'US', 'UV']);

/** One element of text values; a value that is empty becomes null, and an element without any has no `Value`. */
export function jsonElement(vr: string, values: readonly string[]): JsonElement {
  const nothing = vr === 'PN' ? (value: string) => groupsOf(value).every((group) => group === '') : isEmpty;
  if (values.every(nothing)) return { vr };
  return { vr, Value: values.map((value) => jsonValue(vr, value)) };
}

/** Attributes that were kept, in the order of their tags. */
export const jsonOf = (attributes: DicomAttributes): JsonDataSet =>
  Object.fromEntries(
    Object.entries(attributes)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([tag, values]) => [tag, jsonElement(KNOWN_ATTRIBUTES.get(tag)?.vr ?? 'UN', values)]),
  );

const isEmpty = (value: string): boolean => value === '';

/** Without the signs that stand for components that are not there. */
const groupsOf = (name: string): string[] => name.split('=').map((group) => group.replace(/[\^ ]+$/, ''));

function jsonValue(vr: string, value: string): JsonValue {
  if (value === '') return null;
  if (vr === 'PN') {
    const [alphabetic = '', ideographic = '', phonetic = ''] = groupsOf(value);
    return {
      ...(alphabetic === '' ? {} : { Alphabetic: alphabetic }),
      ...(ideographic === '' ? {} : { Ideographic: ideographic }),
      ...(phonetic === '' ? {} : { Phonetic: phonetic }),
    };
  }
  if (!NUMBERS.has(vr)) return value;
  const number = Number(value);
  // What is no number stays text: PS3.18 §F.2.3.1 lets DS and IS be strings.
  return value.trim() !== '' && Number.isFinite(number) && Number.isSafeInteger(Math.trunc(number))
    ? number
    : value;
}
