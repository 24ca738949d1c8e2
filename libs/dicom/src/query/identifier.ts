import { memorySource } from '../byte-source.js';
import { encode, encodeImplicit, text, uint16, type ValueElement } from '../directory/elements.js';
import { ElementWalker, Malformed, UNDEFINED_LENGTH } from '../element-walker.js';
import { latin1 } from '../text.js';
import { KNOWN_ATTRIBUTES, type DicomAttributes, type QueryLevel } from './attributes.js';
import type { MatchingKey } from './matches.js';
import { valuesOf } from './value-text.js';

/** The level at which a query asks (PS3.4 §C.6.1.1, §C.6.2.1). */
export type IdentifierLevel = 'patient' | QueryLevel;

/** What a C-FIND, C-GET or C-MOVE request asks for (PS3.4 §C.4.1.1.3), read. Untrusted. */
export interface QueryIdentifier {
  readonly level: IdentifierLevel;
  /** Those that are known at this level, also where they are empty: they are wanted in the answer. */
  readonly keys: readonly MatchingKey[];
  /** False when something was asked for that is not known at this level. */
  readonly allKnown: boolean;
}

const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
/** The encodings in which identifiers are read and written. */
export const IDENTIFIER_SYNTAXES: readonly string[] = [IMPLICIT, EXPLICIT];

const CHARACTER_SET = 0x00080005;
const LEVEL = 0x00080052;
// Always answered, or about the query itself: nothing to match.
const SILENT = new Set([CHARACTER_SET, LEVEL, 0x00080054, 0x00080056, 0x00080201]);
const LEVELS: ReadonlyMap<string, IdentifierLevel> = new Map([
  ['PATIENT', 'patient'],
  ['STUDY', 'study'],
  ['SERIES', 'series'],
  ['IMAGE', 'instance'],
]);
const ORDER: readonly IdentifierLevel[] = ['patient', 'study', 'series', 'instance'];
const MOST_ELEMENTS = 1_000;

/** True for an attribute that belongs to the level or to one above it. */
function isOf(level: IdentifierLevel, tag: string): boolean {
  const known = KNOWN_ATTRIBUTES.get(tag);
  if (known === undefined) return false;
  const own = tag.startsWith('0010') ? 'patient' : known.level;
  return ORDER.indexOf(own) <= ORDER.indexOf(level);
}

/** Undefined for bytes that are no identifier, or one without a level that PS3.4 has. */
export function readIdentifier(bytes: Uint8Array, transferSyntaxUid: string): QueryIdentifier | undefined {
  let elements: ReadonlyMap<number, Uint8Array | undefined>;
  try {
    elements = elementsOf(bytes, transferSyntaxUid === EXPLICIT);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
  const ascii = (tag: number) => latin1(elements.get(tag) ?? new Uint8Array(0)).trim();
  const level = LEVELS.get(ascii(LEVEL));
  if (level === undefined) return undefined;
  const keys: MatchingKey[] = [];
  let allKnown = true;
  for (const [number, value] of elements) {
    const tag = number.toString(16).padStart(8, '0').toUpperCase();
    const known = KNOWN_ATTRIBUTES.get(tag);
    if (known !== undefined && value !== undefined && isOf(level, tag))
      keys.push({
        tag,
        vr: known.vr,
        value: valuesOf(value, known.vr, ascii(CHARACTER_SET), true).join('\\'),
      });
    else if (!SILENT.has(number)) allKnown = false;
  }
  return { level, keys, allKnown };
}

/** One match: what was asked for, empty where it is not known, in UTF-8. */
export function writeMatch(
  { level, keys }: QueryIdentifier,
  found: DicomAttributes,
  retrieveAeTitle: string,
  transferSyntaxUid: string,
): Buffer {
  const elements: ValueElement[] = [
    text(CHARACTER_SET, 'CS', 'ISO_IR 192'),
    text(LEVEL, 'CS', [...LEVELS].find(([, one]) => one === level)?.[0] ?? ''),
    text(0x00080054, 'AE', retrieveAeTitle),
    text(0x00080056, 'CS', 'ONLINE'),
  ];
  for (const { tag, vr } of keys) {
    const number = Number.parseInt(tag, 16);
    if (elements.some((one) => one.tag === number)) continue;
    const values = found[tag] ?? [];
    elements.push(
      vr === 'US' && values.length > 0
        ? uint16(number, Number(values[0]) & 0xffff)
        : text(number, vr, values.join('\\')),
    );
  }
  return transferSyntaxUid === EXPLICIT ? encode(elements) : encodeImplicit(elements);
}

/** Values of the first level by tag; undefined for a sequence. */
function elementsOf(bytes: Uint8Array, explicit: boolean): Map<number, Uint8Array | undefined> {
  const syntax = { explicit, littleEndian: true };
  const walker = new ElementWalker(memorySource(bytes));
  const found = new Map<number, Uint8Array | undefined>();
  for (let at = 0; at < bytes.length;) {
    const element = walker.header(at, syntax);
    at = walker.after(element, syntax);
    // A group length says nothing (PS3.5 §7.2).
    if ((element.tag & 0xffff) === 0) continue;
    const plain = element.length !== UNDEFINED_LENGTH && element.vr !== 'SQ';
    found.set(element.tag, plain ? bytes.subarray(element.valueAt, at) : undefined);
    if (found.size > MOST_ELEMENTS) throw new Malformed('damaged');
  }
  return found;
}
