import { cleanText, decodeText, latin1 } from '../text.js';

// Text whose alphabet SpecificCharacterSet decides (PS3.5 §6.1.2.2); the rest is ASCII.
const DECODED = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

const LONGEST = 200;

/** The values of one element as text, free of control characters and bounded; untrusted. */
export function valuesOf(
  bytes: Uint8Array,
  vr: string,
  characterSet: string,
  littleEndian: boolean,
): string[] {
  if (vr === 'US') {
    if (bytes.length < 2) return [];
    return [String(new DataView(bytes.buffer, bytes.byteOffset, 2).getUint16(0, littleEndian))];
  }
  const text = DECODED.has(vr) ? decodeText(bytes, characterSet, vr) : latin1(bytes);
  return text.split('\\').map((value) => cleanText(value.replace(/\0/g, ''), LONGEST));
}
