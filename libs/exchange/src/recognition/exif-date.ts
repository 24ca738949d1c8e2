import type { ByteSource } from '@vitrine/dicom';
import { plausibleDay } from '@vitrine/documents';

// What a camera writes has some ten entries in a directory, and some ten segments or chunks before the picture.
const MOST_ENTRIES = 500;
const MOST_PARTS = 500;
const EXIF_IFD = 0x8769;
const DATE_TIME_ORIGINAL = 0x9003;
const ASCII = 2;

/**
 * The day on which a picture was taken, as its camera noted it: DateTimeOriginal of Exif in JPEG, PNG, WebP or TIFF
 * (CIPA DC-008 §4.6). Reads some KiB, whatever the file says, and answers undefined where anything is not as it should be.
 * Readers of all of Exif take the lengths in it at their word, so that one hostile picture costs gigabytes.
 */
export function exifDate(source: ByteSource): string | undefined {
  try {
    const at = exifAt(source);
    return at === undefined ? undefined : dateOf(source, at);
  } catch {
    // It ends where something should be.
    return undefined;
  }
}

const bytes = (source: ByteSource, at: number, length: number): Buffer => {
  const found = Buffer.from(source.read(at, length));
  if (found.length < length) throw new RangeError('too short');
  return found;
};

/** Where the TIFF header of the Exif data is. */
function exifAt(source: ByteSource): number | undefined {
  const head = bytes(source, 0, 12).toString('latin1');
  if (head.startsWith('\xff\xd8')) return inJpeg(source);
  if (head.startsWith('\x89PNG')) return inChunks(source, 8, { name: 'eXIf', nameAt: 4, lengthAt: 0 });
  if (head.startsWith('RIFF')) return inChunks(source, 12, { name: 'EXIF', nameAt: 0, lengthAt: 4 });
  return /^(II\*\0|MM\0\*)/.test(head) ? 0 : undefined;
}

function inJpeg(source: ByteSource): number | undefined {
  let at = 2;
  for (let part = 0; part < MOST_PARTS; part++) {
    const head = bytes(source, at, 10);
    const marker = head.readUInt16BE(0);
    // Start of scan: what follows is the picture.
    if (marker < 0xffc0 || marker === 0xffda) return undefined;
    if (marker === 0xffe1 && head.toString('latin1', 4, 10) === 'Exif\0\0') return at + 10;
    at += 2 + head.readUInt16BE(2);
  }
  return undefined;
}

/** Of PNG (big endian, with a sum behind each chunk) or RIFF (little endian, with even lengths). */
function inChunks(
  source: ByteSource,
  first: number,
  { name, nameAt, lengthAt }: { readonly name: string; readonly nameAt: number; readonly lengthAt: number },
): number | undefined {
  const isPng = lengthAt === 0;
  let at = first;
  for (let part = 0; part < MOST_PARTS; part++) {
    const head = bytes(source, at, 8);
    if (head.toString('latin1', nameAt, nameAt + 4) === name) {
      const isNamed = bytes(source, at + 8, 6).toString('latin1') === 'Exif\0\0';
      return at + 8 + (isNamed ? 6 : 0);
    }
    const length = isPng ? head.readUInt32BE(lengthAt) : head.readUInt32LE(lengthAt);
    at += 8 + length + (isPng ? 4 : length % 2);
  }
  return undefined;
}

function dateOf(source: ByteSource, tiffAt: number): string | undefined {
  const head = bytes(source, tiffAt, 8);
  const order = head.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return undefined;
  const short = (from: Buffer, at: number) =>
    order === 'II' ? from.readUInt16LE(at) : from.readUInt16BE(at);
  const long = (from: Buffer, at: number) => (order === 'II' ? from.readUInt32LE(at) : from.readUInt32BE(at));
  /** The entry of 12 bytes for a tag (TIFF 6.0 §2). */
  const entryOf = (directoryAt: number, tag: number): Buffer | undefined => {
    const count = Math.min(MOST_ENTRIES, short(bytes(source, tiffAt + directoryAt, 2), 0));
    const entries = bytes(source, tiffAt + directoryAt + 2, 12 * count);
    for (let entry = 0; entry < count; entry++)
      if (short(entries, 12 * entry) === tag) return entries.subarray(12 * entry, 12 * entry + 12);
    return undefined;
  };
  const pointer = entryOf(long(head, 4), EXIF_IFD);
  const date = pointer && entryOf(long(pointer, 8), DATE_TIME_ORIGINAL);
  if (date === undefined || short(date, 2) !== ASCII || long(date, 4) < 10) return undefined;
  const text = bytes(source, tiffAt + long(date, 8), 10).toString('latin1');
  const [, year = '', month = '', day = ''] = /^(\d{4}):(\d{2}):(\d{2})$/.exec(text) ?? [];
  return plausibleDay(year, month, day);
}
