import { decodeText, latin1 } from '../text.js';
import { jsonElement, type JsonElement, type JsonValue } from './json-model.js';

/** How the values of a data set are written. */
export interface ValueCoding {
  readonly littleEndian: boolean;
  /** Specific Character Set (0008,0005) that holds here. */
  readonly characterSet: string;
}

const BINARY = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN']);
// One value, in which a backslash is a backslash (PS3.5 §6.2).
const SINGLE = new Set(['LT', 'ST', 'UR', 'UT']);
const DECODED = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

type ReadNumber = (view: DataView, at: number, little: boolean) => number | bigint;
const NUMBERS: Readonly<Record<string, readonly [size: number, read: ReadNumber]>> = {
  FD: [8, (view, at, little) => view.getFloat64(at, little)],
  FL: [4, (view, at, little) => view.getFloat32(at, little)],
  SL: [4, (view, at, little) => view.getInt32(at, little)],
  SS: [2, (view, at, little) => view.getInt16(at, little)],
  SV: [8, (view, at, little) => view.getBigInt64(at, little)],
  UL: [4, (view, at, little) => view.getUint32(at, little)],
  US: [2, (view, at, little) => view.getUint16(at, little)],
  UV: [8, (view, at, little) => view.getBigUint64(at, little)],
};

/** True for values that the JSON Model does not spell out but carries as bytes. */
export const isBinary = (vr: string): boolean => BINARY.has(vr);

/** One element of the JSON Model from the bytes of its value (PS3.18 table F.2.3-1). */
export function elementOf(vr: string, bytes: Uint8Array, coding: ValueCoding): JsonElement {
  if (bytes.length === 0) return { vr };
  if (BINARY.has(vr)) return { vr, InlineBinary: Buffer.from(bytes).toString('base64') };
  const number = NUMBERS[vr];
  if (number !== undefined) return { vr, Value: numbersOf(bytes, number, coding.littleEndian) };
  if (vr === 'AT') return { vr, Value: tagsOf(bytes, coding.littleEndian) };
  const text = (DECODED.has(vr) ? decodeText(bytes, coding.characterSet, vr) : latin1(bytes)).replace(
    /\0+$/,
    '',
  );
  if (SINGLE.has(vr)) return jsonElement(vr, [text.replace(/ +$/, '')]);
  return jsonElement(
    vr,
    text
      .split('\\')
      .map((value) => (vr === 'PN' || DECODED.has(vr) ? value.replace(/ +$/, '') : value.trim())),
  );
}

function numbersOf(
  bytes: Uint8Array,
  [size, read]: readonly [number, ReadNumber],
  littleEndian: boolean,
): JsonValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    const value = read(view, index * size, littleEndian);
    if (typeof value === 'bigint') {
      const plain = Number(value);
      return Number.isSafeInteger(plain) ? plain : value.toString();
    }
    // JSON has no word for these; PS3.18 §F.2.5 lets a value be empty.
    return Number.isFinite(value) ? value : null;
  });
}

function tagsOf(bytes: Uint8Array, littleEndian: boolean): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hex = (at: number) => view.getUint16(at, littleEndian).toString(16).padStart(4, '0').toUpperCase();
  return Array.from(
    { length: Math.floor(bytes.length / 4) },
    (_, index) => hex(index * 4) + hex(index * 4 + 2),
  );
}
