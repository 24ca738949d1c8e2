import { dicomFile, uidOf, CT_IMAGE_STORAGE } from './dicom-file.js';
import type { SampleFile } from './sample-file.js';

export interface CtStudyOptions {
  readonly slices?: number;
  readonly size?: number;
  /** As DICOM has it: `Doe^Jane`. */
  readonly patientName?: string;
  /** `YYYYMMDD` or `YYYY-MM-DD`, like `studyDate`. */
  readonly birthDate?: string;
  readonly studyDate?: string;
  readonly description?: string;
  /** Which series of the study; each has its own instances. */
  readonly seriesNumber?: number;
}

/** A CT series of a head phantom, axial, in the order of the slices. The same options make the same bytes. */
export function syntheticCtStudy({
  slices = 40,
  size = 256,
  patientName = 'Doe^Jane',
  birthDate = '19510402',
  studyDate = '20250612',
  description = 'Head without contrast',
  seriesNumber = 1,
}: CtStudyOptions = {}): SampleFile[] {
  const seed = JSON.stringify([slices, size, patientName, birthDate, studyDate, description]);
  const uid = (what: string) => uidOf(`${seed}/${what}`);
  const inSeries = (what: string) => uid(seriesNumber === 1 ? what : `${what} of series ${seriesNumber}`);
  const born = birthDate.replaceAll('-', '');
  const taken = studyDate.replaceAll('-', '');
  const spacing = 230 / size;
  const thickness = 160 / slices;
  return Array.from({ length: slices }, (_, index) => {
    const depth = -80 + thickness * (index + 0.5);
    const instance = inSeries(`instance ${index}`);
    const bytes = dicomFile(instance, [
      [0x0008, 0x0005, 'CS', 'ISO_IR 192'],
      [0x0008, 0x0008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
      [0x0008, 0x0016, 'UI', CT_IMAGE_STORAGE],
      [0x0008, 0x0018, 'UI', instance],
      [0x0008, 0x0020, 'DA', taken],
      [0x0008, 0x0030, 'TM', '101500'],
      [0x0008, 0x0050, 'SH', 'SYN-0001'],
      [0x0008, 0x0060, 'CS', 'CT'],
      [0x0008, 0x0070, 'LO', 'Vitrine'],
      [0x0008, 0x0080, 'LO', 'Synthetic General Hospital'],
      [0x0008, 0x0090, 'PN', ''],
      [0x0008, 0x1030, 'LO', description],
      [0x0008, 0x103e, 'LO', 'Axial head phantom'],
      [0x0010, 0x0010, 'PN', patientName],
      [0x0010, 0x0020, 'LO', 'SYN-1'],
      [0x0010, 0x0030, 'DA', born],
      [0x0010, 0x0040, 'CS', 'O'],
      [0x0018, 0x0015, 'CS', 'HEAD'],
      [0x0018, 0x0050, 'DS', decimal(thickness)],
      [0x0018, 0x0060, 'DS', '120'],
      [0x0020, 0x000d, 'UI', uid('study')],
      [0x0020, 0x000e, 'UI', inSeries('series')],
      [0x0020, 0x0010, 'SH', '1'],
      [0x0020, 0x0011, 'IS', String(seriesNumber)],
      [0x0020, 0x0013, 'IS', String(index + 1)],
      [0x0020, 0x0032, 'DS', `-115\\-115\\${decimal(depth)}`],
      [0x0020, 0x0037, 'DS', '1\\0\\0\\0\\1\\0'],
      [0x0020, 0x0052, 'UI', uid('frame of reference')],
      [0x0020, 0x1041, 'DS', decimal(depth)],
      [0x0028, 0x0002, 'US', 1],
      [0x0028, 0x0004, 'CS', 'MONOCHROME2'],
      [0x0028, 0x0010, 'US', size],
      [0x0028, 0x0011, 'US', size],
      [0x0028, 0x0030, 'DS', `${decimal(spacing)}\\${decimal(spacing)}`],
      [0x0028, 0x0100, 'US', 16],
      [0x0028, 0x0101, 'US', 16],
      [0x0028, 0x0102, 'US', 15],
      [0x0028, 0x0103, 'US', 0],
      [0x0028, 0x1050, 'DS', '40'],
      [0x0028, 0x1051, 'DS', '120'],
      [0x0028, 0x1052, 'DS', '-1024'],
      [0x0028, 0x1053, 'DS', '1'],
      [0x7fe0, 0x0010, 'OW', headSlice(size, depth)],
    ]);
    return { name: `CT/${String(index + 1).padStart(4, '0')}.dcm`, bytes };
  });
}

const decimal = (value: number) => String(Math.round(value * 1000) / 1000);

type Ellipsoid = readonly [
  x: number,
  y: number,
  z: number,
  a: number,
  b: number,
  c: number,
  hounsfield: number,
];

// Ellipsoids in mm: centre x, y, z, half axes, Hounsfield units. A later one lies over an earlier one.
const HEAD: readonly Ellipsoid[] = [
  [0, 0, 0, 76, 95, 90, 45],
  [0, 0, 0, 73, 92, 87, 900],
  [0, 0, 0, 67, 86, 81, 36],
  [0, 4, 0, 62, 80, 76, 30],
  [-12, -10, 8, 7, 24, 18, 6],
  [12, -10, 8, 7, 24, 18, 6],
  [0, 8, -2, 3, 14, 12, 6],
  [-30, -72, -38, 13, 13, 13, 18],
  [30, -72, -38, 13, 13, 13, 18],
  [0, -80, -44, 12, 10, 20, -900],
  [-20, 16, -6, 9, 12, 10, 40],
  [20, 16, -6, 9, 12, 10, 40],
  [34, 22, 22, 8, 9, 9, 68],
  [0, 88, -30, 14, 8, 20, 700],
];

/** Stored values (HU + 1024) of one axial slice, with the grain that a scanner has. */
function headSlice(size: number, depth: number): Buffer {
  const pixels = Buffer.alloc(size * size * 2);
  const spacing = 230 / size;
  const crossed = HEAD.filter(([, , z, , , c]) => Math.abs(depth - z) < c);
  let noise = Math.round(depth * 1000) >>> 0 || 1;
  for (let row = 0, at = 0; row < size; row++) {
    const y = (row + 0.5) * spacing - 115;
    for (let column = 0; column < size; column++, at += 2) {
      const x = (column + 0.5) * spacing - 115;
      let value = -1000;
      for (const [cx, cy, cz, a, b, c, hounsfield] of crossed) {
        if (((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 + ((depth - cz) / c) ** 2 < 1) value = hounsfield;
      }
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      pixels.writeUInt16LE(Math.max(0, value + 1024 + ((noise >>> 24) % 7) - 3), at);
    }
  }
  return pixels;
}
