/**
 * Made health data: a CT of a head phantom, variants of a genome and a report. No person is behind it. The same
 * arguments make the same bytes, so that adding it twice adds it once.
 */
import { createHash } from 'node:crypto';

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';

/**
 * A CT series of a head phantom as DICOM files, axial, in the order of the slices.
 *
 * @param {{slices?: number, size?: number, patientName?: string, birthDate?: string, studyDate?: string,
 *   description?: string}} [options] patientName as DICOM has it (`Doe^Jane`), dates as `YYYYMMDD` or `YYYY-MM-DD`
 * @returns {{name: string, bytes: Buffer}[]}
 */
export function syntheticCtStudy({
  slices = 40,
  size = 256,
  patientName = 'Doe^Jane',
  birthDate = '19510402',
  studyDate = '20250612',
  description = 'Head without contrast',
} = {}) {
  const seed = JSON.stringify([slices, size, patientName, birthDate, studyDate, description]);
  const uid = (what) => uidOf(`${seed}/${what}`);
  const [born, taken] = [birthDate, studyDate].map((date) => date.replaceAll('-', ''));
  const spacing = 230 / size;
  const thickness = 160 / slices;
  return Array.from({ length: slices }, (_, index) => {
    const depth = -80 + thickness * (index + 0.5);
    const instance = uid(`instance ${index}`);
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
      [0x0020, 0x000e, 'UI', uid('series')],
      [0x0020, 0x0010, 'SH', '1'],
      [0x0020, 0x0011, 'IS', '1'],
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

/**
 * Any DICOM file, for tests that need an odd one. Elements are `[group, element, VR, value]` in ascending order; a
 * value is text, a number (US) or bytes.
 *
 * @param {string} instanceUid
 * @param {[number, number, string, string | number | Uint8Array][]} elements
 * @param {{sopClassUid?: string, transferSyntaxUid?: string}} [meta]
 * @returns {Buffer}
 */
export function dicomFile(
  instanceUid,
  elements,
  { sopClassUid = CT_IMAGE_STORAGE, transferSyntaxUid = EXPLICIT_LITTLE_ENDIAN } = {},
) {
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
export function uidOf(text) {
  const hex = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return `2.25.${BigInt(`0x${hex}`)}`;
}

/** One element in explicit little endian. */
function element(group, number, vr, value) {
  const bytes = valueBytes(vr, value);
  const long = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(vr);
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function valueBytes(vr, value) {
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

const decimal = (value) => String(Math.round(value * 1000) / 1000);

// Ellipsoids in mm: centre x, y, z, half axes, Hounsfield units. A later one lies over an earlier one.
const HEAD = [
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
function headSlice(size, depth) {
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

// Places of well-known variants on GRCh38, with made genotypes.
const VARIANTS = [
  ['1', 11796321, 'rs1801133', 'G', 'A', '0/1', 'MTHFR'],
  ['1', 169549811, 'rs6025', 'C', 'T', '0/0', 'F5'],
  ['2', 135851076, 'rs4988235', 'G', 'A', '0/1', 'MCM6'],
  ['4', 88131171, 'rs2231142', 'G', 'T', '0/0', 'ABCG2'],
  ['6', 26092913, 'rs1800562', 'G', 'A', '0/1', 'HFE'],
  ['7', 117559590, 'rs113993960', 'ATCT', 'A', '0/0', 'CFTR'],
  ['10', 94781859, 'rs4244285', 'G', 'A', '0/1', 'CYP2C19'],
  ['10', 94942290, 'rs1799853', 'C', 'T', '0/0', 'CYP2C9'],
  ['12', 21178615, 'rs4149056', 'T', 'C', '0/1', 'SLCO1B1'],
  ['13', 32340300, 'rs80359550', 'GT', 'G', '0/0', 'BRCA2'],
  ['16', 31096368, 'rs9923231', 'C', 'T', '1/1', 'VKORC1'],
  ['17', 43091983, 'rs16942', 'T', 'C', '0/1', 'BRCA1'],
  ['19', 44908684, 'rs429358', 'T', 'C', '0/1', 'APOE'],
  ['19', 44908822, 'rs7412', 'C', 'T', '0/0', 'APOE'],
  ['22', 42128945, 'rs3892097', 'C', 'T', '0/1', 'CYP2D6'],
];

/**
 * Variants of one made person on GRCh38.
 *
 * @returns {{name: string, bytes: Buffer}[]}
 */
export function syntheticGenome() {
  const chromosomes = [...new Set(VARIANTS.map(([chromosome]) => chromosome))];
  const lines = [
    '##fileformat=VCFv4.2',
    '##source=vitrine synthetic data',
    '##reference=GRCh38',
    ...chromosomes.map((chromosome) => `##contig=<ID=chr${chromosome},assembly=GRCh38>`),
    '##INFO=<ID=GENE,Number=1,Type=String,Description="Gene">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSYNTHETIC',
    ...VARIANTS.map(
      ([chromosome, position, id, reference, alternative, genotype, gene]) =>
        `chr${chromosome}\t${position}\t${id}\t${reference}\t${alternative}\t60\tPASS\tGENE=${gene}\tGT\t${genotype}`,
    ),
  ];
  return [{ name: 'synthetic-genome.vcf', bytes: Buffer.from(`${lines.join('\n')}\n`) }];
}

const REPORT = [
  'Synthetic General Hospital',
  'Department of Radiology',
  '',
  'Patient: Jane Doe        Born: 2 April 1951',
  'Examination: CT of the head without contrast, 12 June 2025',
  '',
  'Findings',
  'The grey and white matter are well told apart. The ventricles are of normal',
  'width and lie in the middle. In the left frontal lobe there is a round, denser',
  'area of 17 mm. There is no bleeding outside of it, and no broken bone.',
  '',
  'Impression',
  'A single round lesion in the left frontal lobe, most likely harmless.',
  'A check in six months is recommended.',
  '',
  'This report is made up. It is about nobody.',
];

/**
 * A report of one page as a PDF.
 *
 * @returns {{name: string, bytes: Buffer}}
 */
export function syntheticReportPdf() {
  const text = REPORT.map((line, index) => {
    const heading = index === 0 || line === 'Findings' || line === 'Impression';
    return `/${heading ? 'F2' : 'F1'} ${index === 0 ? 18 : heading ? 13 : 11} Tf (${line}) Tj 0 -22 Td`;
  }).join('\n');
  const stream = `BT\n64 770 Td\n${text}\nET\n`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}endstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>',
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const offset of offsets) file += `${String(offset).padStart(10, '0')} 00000 n \n`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return { name: 'ct-head-report.pdf', bytes: Buffer.from(file, 'latin1') };
}
