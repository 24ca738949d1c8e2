/** One element of a data set that we write: bytes of its value, or the items of a sequence. */
export type Element =
  ValueElement | { readonly tag: number; readonly vr: 'SQ'; readonly items: readonly (readonly Element[])[] };

export interface ValueElement {
  readonly tag: number;
  readonly vr: string;
  readonly value: Uint8Array;
}

const ITEM = 0xfffee000;
// PS3.5 table 7.1-1: these have a 32 bit length after two reserved bytes.
const LONG = new Set(['OB', 'SQ', 'UN', 'UT']);

export const text = (tag: number, vr: string, value: string): ValueElement => ({
  tag,
  vr,
  value: Buffer.from(value, 'utf8'),
});

export function uint32(tag: number, value: number): ValueElement {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return { tag, vr: 'UL', value: bytes };
}

export function uint16(tag: number, value: number): ValueElement {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return { tag, vr: 'US', value: bytes };
}

/** Explicit VR little endian (PS3.5 §7.1.2), in the order of the tags, values padded to even length. */
export const encode = (elements: readonly Element[]): Buffer => inOrder(elements, encodeOne);

/** Implicit VR little endian (PS3.5 §7.1.3), otherwise the same; for elements without items. */
export const encodeImplicit = (elements: readonly ValueElement[]): Buffer =>
  inOrder(elements, (element) => {
    const value = even(element);
    const head = Buffer.alloc(8);
    writeTag(head, element.tag);
    head.writeUInt32LE(value.length, 4);
    return Buffer.concat([head, value]);
  });

const inOrder = <T extends Element>(elements: readonly T[], encodeElement: (element: T) => Buffer): Buffer =>
  Buffer.concat([...elements].sort((a, b) => a.tag - b.tag).map(encodeElement));

/** An item of defined length (PS3.5 §7.5.2). */
export function encodeItem(elements: readonly Element[]): Buffer {
  const content = encode(elements);
  const head = Buffer.alloc(8);
  writeTag(head, ITEM);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}

function encodeOne(element: Element): Buffer {
  const value = 'items' in element ? Buffer.concat(element.items.map(encodeItem)) : even(element);
  const head = Buffer.alloc(LONG.has(element.vr) ? 12 : 8);
  writeTag(head, element.tag);
  head.write(element.vr, 4, 'latin1');
  if (head.length === 12) head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}

function writeTag(head: Buffer, tag: number): void {
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
}

/** UIDs and bytes are padded with a zero, text with a blank (PS3.5 §6.2). */
function even({ vr, value }: { readonly vr: string; readonly value: Uint8Array }): Uint8Array {
  if (value.length % 2 === 0) return value;
  return Buffer.concat([value, Buffer.from(vr === 'UI' || vr === 'OB' ? '\0' : ' ')]);
}
