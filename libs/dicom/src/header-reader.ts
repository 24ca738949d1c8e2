import { inflateRawSync } from 'node:zlib';
import { memorySource, windowed, type ByteSource } from './byte-source.js';
import type { DicomAnswer, DicomFlag, InstanceFacts } from './dicom-answer.js';
import { ElementWalker, Malformed, UNDEFINED_LENGTH, type ElementHeader } from './element-walker.js';
import { plainDate, plainPersonName } from './person-name.js';
import { cleanText, decodeText, latin1 } from './text.js';
import { isDeflated, isEncapsulated, isUid, MEDIA_STORAGE_DIRECTORY, syntaxOf, type Syntax } from './uid.js';
import { hidesSomething } from './polyglot.js';
import { AttributeGatherer } from './query/gather.js';

const EXPLICIT_LITTLE: Syntax = { explicit: true, littleEndian: true };
const MAXIMUM_VALUE_BYTES = 1024;
const MAXIMUM_INFLATED_BYTES = 128 * 1024 * 1024;
// The largest single picture that a scanner makes is some 60 MB; a header that asks a viewer for this is a trap.
const MAXIMUM_FRAME_BYTES = 1024 ** 3;

// Tags of PS3.6 that are read; the VR matters where the syntax is implicit.
const TAGS = {
  0x00020003: 'metaSopInstance',
  0x00020002: 'metaSopClass',
  0x00020010: 'transferSyntax',
  0x00080005: 'characterSet',
  0x00080016: 'sopClass',
  0x00080018: 'sopInstance',
  0x00080020: 'studyDate',
  0x00080022: 'acquisitionDate',
  0x00080023: 'contentDate',
  0x00080050: 'accessionNumber',
  0x00080060: 'modality',
  0x00080080: 'institution',
  0x00081030: 'studyDescription',
  0x0008103e: 'seriesDescription',
  0x00100010: 'patientName',
  0x00100030: 'birthDate',
  0x00180015: 'bodyPart',
  0x0020000d: 'study',
  0x0020000e: 'series',
  0x00200011: 'seriesNumber',
  0x00200013: 'instanceNumber',
  0x00280002: 'samples',
  0x00280008: 'frames',
  0x00280010: 'rows',
  0x00280011: 'columns',
  0x00280100: 'bitsAllocated',
  0x00420012: 'documentType',
} as const;
type Field = (typeof TAGS)[keyof typeof TAGS];
type Values = Partial<Record<Field, Uint8Array>>;

/**
 * Reads the header of a DICOM file and checks that its pixels are all there, without looking at them. Never throws
 * for what is in the file, never recurses, and keeps at most 1 KiB of any value (but see deflated files, which are
 * unpacked in memory up to 128 MiB).
 */
export function readDicom(file: ByteSource): DicomAnswer {
  const source = windowed(file);
  const part10 = latin1(source.read(128, 4)) === 'DICM';
  if (!part10 && !beginsLikeADataSet(source)) return { kind: 'not-dicom' };
  try {
    return read(source, part10);
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'refused', reason: 'too-large' };
    if (!(error instanceof Malformed)) throw error;
    // Without the mark at byte 128 it was only a guess that this is DICOM.
    return part10 ? { kind: 'refused', reason: error.reason } : { kind: 'not-dicom' };
  }
}

/** Unpacking or drawing it would take more than anybody should give. */
export class TooLarge extends Error {}

/** A data set without preamble: its first element must be of the first groups and have a believable length. */
function beginsLikeADataSet(source: ByteSource): boolean {
  const bytes = source.read(0, 12);
  if (bytes.length < 12) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const group = view.getUint16(0, true);
  if ((group !== 0x0002 && group !== 0x0008) || view.getUint16(2, true) > 0x0070) return false;
  if (/^(AE|CS|DA|LO|OB|SH|SQ|TM|UI|UL)$/.test(latin1(bytes.subarray(4, 6)))) return true;
  return view.getUint32(4, true) <= 256;
}

function read(source: ByteSource, part10: boolean): DicomAnswer {
  const values: Values = {};
  const dataSet = openDataSet(source, values);
  if (text(values.metaSopClass) === MEDIA_STORAGE_DIRECTORY) return { kind: 'directory' };
  const { syntax, transferSyntaxUid } = dataSet;
  const searched = new AttributeGatherer();
  const pixels = readDataSet(
    dataSet,
    syntax,
    (element) => {
      keep(dataSet.source, element, values);
      searched.add(dataSet.source, element);
    },
    isEncapsulated(transferSyntaxUid),
  );
  const facts = {
    ...factsOf(values, transferSyntaxUid, syntax, pixels !== undefined),
    attributes: searched.attributes(text(values.characterSet), syntax.littleEndian),
  };
  if (pixels !== undefined) checkPixels(values, facts, syntax, pixels);
  const flags: DicomFlag[] = [];
  if (hidesSomething(source, part10)) flags.push('hidden-content');
  const documentType = text(values.documentType);
  if (
    documentType !== '' &&
    !/^(application\/pdf|text\/xml|application\/(xml|hl7.*|sla))$/i.test(documentType)
  )
    flags.push('active-document');
  return { kind: 'instance', facts, flags };
}

/** Finds where the data set of a DICOM file begins and how it is written. Throws `Malformed` and `TooLarge`. */
export function openDataSet(
  source: ByteSource,
  values: Values = {},
): {
  readonly source: ByteSource;
  readonly start: number;
  readonly syntax: Syntax;
  readonly transferSyntaxUid: string;
  readonly deflated: boolean;
} {
  const start = readMeta(source, latin1(source.read(128, 4)) === 'DICM' ? 132 : 0, values);
  const transferSyntax = text(values.transferSyntax);
  const deflated = isDeflated(transferSyntax);
  const dataSet = deflated ? { source: windowed(inflate(source, start)), start: 0 } : { source, start };
  const syntax = believableSyntax(dataSet.source, dataSet.start, transferSyntax);
  return { ...dataSet, syntax, transferSyntaxUid: transferSyntax || guessedUid(syntax), deflated };
}

/**
 * Where the data set of a DICOM file begins, from the first bytes of the file; undefined when they are not enough or
 * no such beginning.
 */
export function dataSetStart(head: Uint8Array): number | undefined {
  const source = memorySource(head);
  try {
    return readMeta(source, latin1(source.read(128, 4)) === 'DICM' ? 132 : 0, {});
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Group 0002 is always explicit little endian (PS3.10 §7.1). */
function readMeta(source: ByteSource, at: number, values: Values): number {
  const walker = new ElementWalker(source);
  for (;;) {
    const group = source.read(at, 2);
    if (group.length < 2) throw new Malformed('truncated');
    if (group[0] !== 2 || group[1] !== 0) return at;
    const element = walker.header(at, EXPLICIT_LITTLE);
    at = walker.after(element, EXPLICIT_LITTLE);
    keep(source, element, values);
  }
}

interface Pixels {
  readonly encapsulated: boolean;
  readonly bytes: number;
}

function readDataSet(
  { source, start }: { readonly source: ByteSource; readonly start: number },
  syntax: Syntax,
  found: (element: ElementHeader) => void,
  encapsulated: boolean,
): Pixels | undefined {
  const walker = new ElementWalker(source);
  for (let at = start; at < source.size;) {
    if (source.size - at < 8 && source.read(at, 8).every((byte) => byte === 0)) return undefined;
    const element = walker.header(at, syntax);
    // Pixel Data, and its float forms (PS3.3 C.7.6.24, C.7.6.25). Whatever follows it is of no interest.
    if (element.tag >= 0x7fe00008 && element.tag <= 0x7fe00010) {
      const compressed = element.length === UNDEFINED_LENGTH;
      if (compressed !== encapsulated && element.tag === 0x7fe00010) throw new Malformed('damaged');
      const end = compressed
        ? walker.afterFragments(element.valueAt, syntax.littleEndian)
        : walker.after(element, syntax);
      return { encapsulated: compressed, bytes: end - element.valueAt };
    }
    at = walker.after(element, syntax);
    found(element);
  }
  return undefined;
}

function keep(source: ByteSource, element: ElementHeader, values: Values): void {
  if (!(element.tag in TAGS) || element.length === UNDEFINED_LENGTH) return;
  const field = TAGS[element.tag as keyof typeof TAGS];
  values[field] ??= Uint8Array.from(
    source.read(element.valueAt, Math.min(element.length, MAXIMUM_VALUE_BYTES)),
  );
}

function inflate(source: ByteSource, start: number): ByteSource {
  const packed = source.read(start, Math.min(source.size - start, MAXIMUM_INFLATED_BYTES));
  try {
    return memorySource(inflateRawSync(packed, { maxOutputLength: MAXIMUM_INFLATED_BYTES }));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new TooLarge();
    throw new Malformed(code === 'Z_BUF_ERROR' ? 'truncated' : 'damaged');
  }
}

/** Some writers declare one syntax and write the other; the first element shows which it is. */
function believableSyntax(source: ByteSource, at: number, transferSyntax: string): Syntax {
  const declared = syntaxOf(transferSyntax);
  const first = source.read(at, 6);
  if (first.length < 6) throw new Malformed('truncated');
  if (!declared.littleEndian) return declared;
  return { explicit: /^[A-Z]{2}$/.test(latin1(first.subarray(4, 6))), littleEndian: true };
}

const guessedUid = (syntax: Syntax): string =>
  syntax.explicit ? '1.2.840.10008.1.2.1' : '1.2.840.10008.1.2';

function factsOf(
  values: Values,
  transferSyntaxUid: string,
  syntax: Syntax,
  hasPixels: boolean,
): Omit<InstanceFacts, 'attributes'> {
  const characterSet = latin1(values.characterSet ?? new Uint8Array(0)).trim();
  const words = (field: Field, vr: string, maximum = 200) =>
    cleanText(decodeText(values[field] ?? new Uint8Array(0), characterSet, vr).split('\\')[0] ?? '', maximum);
  const uids = {
    studyInstanceUid: text(values.study),
    seriesInstanceUid: text(values.series),
    sopInstanceUid: text(values.sopInstance) || text(values.metaSopInstance),
    sopClassUid: text(values.sopClass) || text(values.metaSopClass),
    transferSyntaxUid,
  };
  if (!Object.values(uids).every(isUid)) throw new Malformed('damaged');
  const hasPicture = hasPixels && short(values.rows, syntax) > 0 && short(values.columns, syntax) > 0;
  const name = decodeText(values.patientName ?? new Uint8Array(0), characterSet, 'PN');
  return {
    ...uids,
    // A code string: anything else is no modality.
    modality: /^[A-Z0-9 _]{1,16}$/.test(text(values.modality)) ? text(values.modality) : '',
    patientName: plainPersonName(name),
    patientBirthDate: plainDate(text(values.birthDate)),
    studyDate:
      plainDate(text(values.studyDate)) ||
      plainDate(text(values.acquisitionDate)) ||
      plainDate(text(values.contentDate)),
    studyDescription: words('studyDescription', 'LO'),
    seriesDescription: words('seriesDescription', 'LO'),
    bodyPart: words('bodyPart', 'CS', 64),
    institution: words('institution', 'LO'),
    accessionNumber: words('accessionNumber', 'SH', 64),
    seriesNumber: whole(values.seriesNumber),
    instanceNumber: whole(values.instanceNumber),
    frames: hasPicture ? Math.max(1, whole(values.frames) ?? 1) : 0,
  };
}

/** Compares what the header promises with the bytes that are there. */
function checkPixels(
  values: Values,
  facts: Pick<InstanceFacts, 'frames'>,
  syntax: Syntax,
  pixels: Pixels,
): void {
  const bits =
    short(values.rows, syntax) *
    short(values.columns, syntax) *
    (short(values.samples, syntax) || 1) *
    (short(values.bitsAllocated, syntax) || 8);
  if (bits / 8 > MAXIMUM_FRAME_BYTES) throw new TooLarge();
  // YBR_FULL_422 stores two thirds of what the header says (PS3.3 C.7.6.3.1.2).
  const least = Math.floor(
    (bits * facts.frames) / 8 / ((short(values.samples, syntax) || 1) === 3 ? 1.5 : 1),
  );
  if (!pixels.encapsulated && pixels.bytes < least) throw new Malformed('truncated');
}

const text = (value: Uint8Array | undefined): string =>
  value === undefined
    ? ''
    : latin1(value)
        .replace(/[\0 ]+$/, '')
        .trim();

const short = (value: Uint8Array | undefined, syntax: Syntax): number =>
  value === undefined || value.length < 2
    ? 0
    : new DataView(value.buffer, value.byteOffset, 2).getUint16(0, syntax.littleEndian);

function whole(value: Uint8Array | undefined): number | null {
  const digits = text(value).split('\\')[0]?.trim() ?? '';
  return /^[+-]?\d{1,9}$/.test(digits) ? Number(digits) : null;
}
