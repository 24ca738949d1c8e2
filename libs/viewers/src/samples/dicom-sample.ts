const SIDE = 256;
const SLICES = 12;
const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
/** Below the root for UIDs that are made from UUIDs (PS3.5 B.2); constant, since it always is the same study. */
const STUDY = '2.25.119344178212350934482107716422114905218';

type Value = string | number | Buffer;

/** A small CT of a body that does not exist: an ellipse with two darker and one bright round inside. */
export function dicomSample(): Buffer[] {
  return Array.from({ length: SLICES }, (_, index) => slice(index));
}

function slice(index: number): Buffer {
  const instance = `${STUDY}.2.${index + 1}`;
  const dataset = Buffer.concat([
    element(0x0008, 0x0016, 'UI', CT_IMAGE),
    element(0x0008, 0x0018, 'UI', instance),
    element(0x0008, 0x0020, 'DA', '20260101'),
    element(0x0008, 0x0030, 'TM', '120000'),
    element(0x0008, 0x0060, 'CS', 'CT'),
    element(0x0008, 0x1030, 'LO', 'Sample study'),
    element(0x0008, 0x103e, 'LO', 'Sample series'),
    element(0x0010, 0x0010, 'PN', 'Sample^Nobody'),
    element(0x0010, 0x0020, 'LO', 'SAMPLE'),
    element(0x0018, 0x0050, 'DS', '5'),
    element(0x0020, 0x000d, 'UI', STUDY),
    element(0x0020, 0x000e, 'UI', `${STUDY}.1`),
    element(0x0020, 0x0010, 'SH', '1'),
    element(0x0020, 0x0011, 'IS', '1'),
    element(0x0020, 0x0013, 'IS', String(index + 1)),
    element(0x0020, 0x0032, 'DS', `-128\\-128\\${index * 5}`),
    element(0x0020, 0x0037, 'DS', '1\\0\\0\\0\\1\\0'),
    element(0x0020, 0x0052, 'UI', `${STUDY}.3`),
    element(0x0028, 0x0002, 'US', 1),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    element(0x0028, 0x0010, 'US', SIDE),
    element(0x0028, 0x0011, 'US', SIDE),
    element(0x0028, 0x0030, 'DS', '1\\1'),
    element(0x0028, 0x0100, 'US', 16),
    element(0x0028, 0x0101, 'US', 16),
    element(0x0028, 0x0102, 'US', 15),
    element(0x0028, 0x0103, 'US', 1),
    element(0x0028, 0x1050, 'DS', '40'),
    element(0x0028, 0x1051, 'DS', '400'),
    element(0x0028, 0x1052, 'DS', '0'),
    element(0x0028, 0x1053, 'DS', '1'),
    element(0x7fe0, 0x0010, 'OW', pixels(index)),
  ]);
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.from([0, 1])),
    element(0x0002, 0x0002, 'UI', CT_IMAGE),
    element(0x0002, 0x0003, 'UI', instance),
    element(0x0002, 0x0010, 'UI', EXPLICIT_LITTLE_ENDIAN),
    element(0x0002, 0x0012, 'UI', `${STUDY}.4`),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002, 0x0000, 'UL', length),
    meta,
    dataset,
  ]);
}

/** One element in explicit VR, little endian (PS3.5 §7.1.2). */
function element(group: number, number: number, vr: string, value: Value): Buffer {
  const bytes = padded(vr, value);
  const long = vr === 'OB' || vr === 'OW';
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function padded(vr: string, value: Value): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  }
  const even = value.length % 2 === 0 ? value : value + (vr === 'UI' ? '\0' : ' ');
  return Buffer.from(even, 'latin1');
}

const AIR = -1000;
const TISSUE = 50;
const LUNG = -400;
const BONE = 400;

function pixels(index: number): Buffer {
  const bytes = Buffer.alloc(SIDE * SIDE * 2);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      bytes.writeInt16LE(density(x - SIDE / 2, y - SIDE / 2, index), (y * SIDE + x) * 2);
  return bytes;
}

function density(x: number, y: number, index: number): number {
  const within = (cx: number, cy: number, rx: number, ry: number) =>
    ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
  const grain = ((x * 73 + y * 151 + index * 29) % 17) - 8;
  if (!within(0, 0, 110, 80)) return AIR;
  if (within(0, 50, 16, 14)) return BONE + grain;
  if (within(-45, -5, 34 + index, 40) || within(45, -5, 34 + index, 40)) return LUNG + grain;
  return TISSUE + grain;
}
