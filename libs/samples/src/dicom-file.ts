import { createHash } from 'node:crypto';

export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
export const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

/** Ascending by tag; the value is text, a number (US) or bytes. */
export type DicomElement = readonly [
  group: number,
  element: number,
  vr: string,
  value: string | number | Uint8Array,
];

/** A DICOM file (PS3.10 §7.1) with these elements; its UIDs of class and syntax are those of a plain CT unless given. */
export function dicomFile(
  instanceUid: string,
  elements: readonly DicomElement[],
  {
    sopClassUid = CT_IMAGE_STORAGE,
    transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN,
  }: { readonly sopClassUid?: string; readonly transferSyntaxUid?: string } = {},
): Buffer {
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.from([0, 1])),
    element(0x0002, 0x0002, 'UI', sopClassUid),
    element(0x0002, 0x0003, 'UI', instanceUid),
    element(0x0002, 0x0010, 'UI', transferSyntaxUid),
    element(0x0002, 0x0012, 'UI', uidOf('vitrine')),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002, 0x0000, 'UL', length),
    meta,
    ...elements.map((one) => element(...one)),
  ]);
}

/** A UID of PS3.5 §B.2, always the same for the same text. */
export function uidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `2.25.${BigInt(`0x${hex}`).toString()}`;
}

/** One element in explicit little endian. */
function element(group: number, number: number, vr: string, value: DicomElement[3]): Buffer {
  const bytes = valueBytes(vr, value);
  const long = ['OB', 'OW', 'SQ', 'UN', 'UR', 'UT'].includes(vr);
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function valueBytes(vr: string, value: DicomElement[3]): Buffer {
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  }
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value);
  // Values have an even length: UIDs and bytes are padded with zero, text with a blank.
  return bytes.length % 2 === 0
    ? bytes
    : Buffer.concat([bytes, Buffer.from([vr === 'UI' || typeof value !== 'string' ? 0 : 0x20])]);
}
