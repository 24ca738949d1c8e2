import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION } from './pdu-writer.js';

export interface FileMeta {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly sourceAeTitle: string;
}

/** What precedes a data set in a DICOM file: preamble, mark and file meta information (PS3.10 §7.1). */
export function part10Header({
  sopClassUid,
  sopInstanceUid,
  transferSyntaxUid,
  sourceAeTitle,
}: FileMeta): Buffer {
  const version = Buffer.alloc(14);
  version.writeUInt16LE(0x0002, 0);
  version.writeUInt16LE(0x0001, 2);
  version.write('OB', 4, 'latin1');
  version.writeUInt32LE(2, 8);
  version[13] = 1;
  const elements = Buffer.concat([
    version,
    short(0x0002, 'UI', sopClassUid),
    short(0x0003, 'UI', sopInstanceUid),
    short(0x0010, 'UI', transferSyntaxUid),
    short(0x0012, 'UI', IMPLEMENTATION_CLASS_UID),
    short(0x0013, 'SH', IMPLEMENTATION_VERSION),
    ...(sourceAeTitle === '' ? [] : [short(0x0016, 'AE', sourceAeTitle)]),
  ]);
  const length = Buffer.alloc(12);
  length.writeUInt16LE(0x0002, 0);
  length.write('UL', 4, 'latin1');
  length.writeUInt16LE(4, 6);
  length.writeUInt32LE(elements.length, 8);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM', 'latin1'), length, elements]);
}

/** One element in explicit little endian with a short value. */
function short(element: number, vr: string, text: string): Buffer {
  const value = Buffer.from(text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' '), 'latin1');
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0x0002, 0);
  head.writeUInt16LE(element, 2);
  head.write(vr, 4, 'latin1');
  head.writeUInt16LE(value.length, 6);
  return Buffer.concat([head, value]);
}
