import type { ByteSource } from '../byte-source.js';
import { UNDEFINED_LENGTH, type ElementHeader } from '../element-walker.js';
import { cleanText, decodeText, latin1 } from '../text.js';
import { INDEXED_ATTRIBUTES, keptValues, type DicomAttributes } from './attributes.js';

const MAXIMUM_VALUE_BYTES = 1024;
const BY_TAG = new Map(INDEXED_ATTRIBUTES.map((one) => [Number.parseInt(one.tag, 16), one]));
// Text whose alphabet SpecificCharacterSet decides (PS3.5 §6.1.2.2); the rest is ASCII.
const DECODED = new Set(['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT']);

/** Takes the attributes that are searched out of a data set while somebody walks over its elements. */
export class AttributeGatherer {
  private readonly found = new Map<number, Uint8Array>();

  add(source: ByteSource, element: ElementHeader): void {
    if (!BY_TAG.has(element.tag) || element.length === UNDEFINED_LENGTH || this.found.has(element.tag))
      return;
    const length = Math.min(element.length, MAXIMUM_VALUE_BYTES);
    this.found.set(element.tag, Uint8Array.from(source.read(element.valueAt, length)));
  }

  /** Text in it is free of control characters and bounded, and stays untrusted. */
  attributes(characterSet: string, littleEndian: boolean): DicomAttributes {
    const attributes: Record<string, readonly string[]> = {};
    for (const [number, bytes] of this.found) {
      const known = BY_TAG.get(number);
      if (known === undefined) continue;
      const values = valuesOf(bytes, known.vr, characterSet, littleEndian);
      if (values.some((value) => value !== '')) attributes[known.tag] = keptValues(values);
    }
    return attributes;
  }
}

function valuesOf(bytes: Uint8Array, vr: string, characterSet: string, littleEndian: boolean): string[] {
  if (vr === 'US') {
    if (bytes.length < 2) return [];
    return [String(new DataView(bytes.buffer, bytes.byteOffset, 2).getUint16(0, littleEndian))];
  }
  const text = DECODED.has(vr) ? decodeText(bytes, characterSet, vr) : latin1(bytes);
  return text.split('\\').map((value) => cleanText(value.replace(/\0/g, ''), 200));
}
