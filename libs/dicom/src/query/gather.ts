import type { ByteSource } from '../byte-source.js';
import { UNDEFINED_LENGTH, type ElementHeader } from '../element-walker.js';
import { INDEXED_ATTRIBUTES, keptValues, type DicomAttributes } from './attributes.js';
import { valuesOf } from './value-text.js';

const MAXIMUM_VALUE_BYTES = 1024;
const BY_TAG = new Map(INDEXED_ATTRIBUTES.map((one) => [Number.parseInt(one.tag, 16), one]));

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
