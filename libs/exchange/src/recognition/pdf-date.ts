import { inflateSync, constants } from 'node:zlib';
import type { ByteSource } from '@vitrine/dicom';
import { plausibleDay } from '@vitrine/documents';

/** What lies in the middle of a larger file is scans; the date is written first or last. */
const PART_BYTES = 16 * 1024 * 1024;
const STREAM_BYTES = 1024 * 1024;
const MOST_STREAMS = 60;
const OBJECT_BYTES = 64 * 1024;
const LONGEST_HEAD = 1024;

/**
 * The day on which a PDF was made: CreationDate of its Info dictionary, otherwise xmp:CreateDate of its own metadata
 * (ISO 32000-1 §14.3). Looks for just these two, since annotations, attachments and pictures within have dates as well.
 * Undefined where there is none, where it is encrypted, or where anything is not as it should be.
 */
export function pdfDate(source: ByteSource): string | undefined {
  try {
    const pdf = new PdfText(source);
    return infoDate(pdf) ?? metadataDate(pdf);
  } catch {
    return undefined;
  }
}

function infoDate(pdf: PdfText): string | undefined {
  const info = pdf.object(pdf.lastReference('Info'));
  const [, year = '', month = '01', day = '01'] =
    /\/CreationDate\s*\(\s*(?:D:)?(\d{4})(\d{2})?(\d{2})?/.exec(info) ?? [];
  return plausibleDay(year, month, day);
}

function metadataDate(pdf: PdfText): string | undefined {
  const catalog = pdf.object(pdf.lastReference('Root'));
  const [, number] = /\/Metadata\s+(\d{1,10})\s+\d{1,5}\s+R/.exec(catalog) ?? [];
  const xmp = pdf.stream(number);
  const [, year = '', month = '', day = ''] =
    /xmp:CreateDate\s*(?:=\s*["']|>)\s*(\d{4})-(\d{2})-(\d{2})/.exec(xmp) ?? [];
  return plausibleDay(year, month, day);
}

/** The text of a PDF, in which single objects are found without reading its tables, which need not be right. */
class PdfText {
  private readonly text: string;
  private packed: ReadonlyMap<string, string> | undefined;

  constructor(source: ByteSource) {
    const latin1 = (at: number, length: number) => Buffer.from(source.read(at, length)).toString('latin1');
    this.text =
      source.size <= 2 * PART_BYTES
        ? latin1(0, source.size)
        : `${latin1(0, PART_BYTES)}\n${latin1(source.size - PART_BYTES, PART_BYTES)}`;
  }

  /** The object number that the last trailer gives for a key: a PDF is changed by appending to it. */
  lastReference(key: 'Info' | 'Root'): string | undefined {
    for (let at = this.text.lastIndexOf(`/${key}`); at >= 0; at = this.text.lastIndexOf(`/${key}`, at - 1)) {
      const [, number] =
        /^\s+(\d{1,10})\s+\d{1,5}\s+R/.exec(this.text.slice(at + 1 + key.length, at + 40)) ?? [];
      if (number !== undefined) return number;
      if (at === 0) break;
    }
    return undefined;
  }

  /** The beginning of an object, also of one that lies in an object stream; empty where there is none. */
  object(number: string | undefined): string {
    if (number === undefined) return '';
    const at = this.startOf(number);
    if (at === undefined) return (this.packed ??= this.unpacked()).get(number) ?? '';
    const text = this.text.slice(at, at + OBJECT_BYTES);
    const end = text.indexOf('endobj');
    return end < 0 ? text : text.slice(0, end);
  }

  /** What a stream object holds, unpacked where it is packed. */
  stream(number: string | undefined): string {
    const at = number === undefined ? undefined : this.startOf(number);
    return at === undefined ? '' : this.contentAfter(at);
  }

  private startOf(number: string): number | undefined {
    const mark = `${number} 0 obj`;
    for (let at = this.text.lastIndexOf(mark); at >= 0; at = this.text.lastIndexOf(mark, at - 1)) {
      if (at === 0 || /\s/.test(this.text[at - 1] ?? '')) return at + mark.length;
    }
    return undefined;
  }

  private contentAfter(at: number): string {
    const head = this.text.slice(at, at + OBJECT_BYTES);
    const [mark] = /stream\r?\n/.exec(head) ?? [];
    if (mark === undefined) return '';
    const begin = at + head.indexOf(mark) + mark.length;
    if (!/\/FlateDecode/.test(head.slice(0, head.indexOf(mark)))) {
      const content = this.text.slice(begin, begin + STREAM_BYTES);
      const end = content.indexOf('endstream');
      return end < 0 ? content : content.slice(0, end);
    }
    // What follows the end of the packed data does no harm.
    const packed = Buffer.from(this.text.slice(begin, begin + STREAM_BYTES), 'latin1');
    const options = { maxOutputLength: STREAM_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
    return inflateSync(packed, options).toString('latin1');
  }

  /** Objects that lie in the last object streams (ISO 32000-1 §7.5.7), by number; a later one counts. */
  private unpacked(): ReadonlyMap<string, string> {
    const objects = new Map<string, string>();
    let at = this.text.length;
    for (let stream = 0; stream < MOST_STREAMS && at > 0; stream++) {
      at = this.text.lastIndexOf('/ObjStm', at - 1);
      if (at < 0) break;
      const before = this.text.slice(Math.max(0, at - LONGEST_HEAD), at);
      const from = at - before.length + Math.max(before.lastIndexOf(' obj'), 0);
      const [, first] = /\/First\s+(\d{1,7})/.exec(this.text.slice(from, at + 500)) ?? [];
      const content = this.contentOrNothing(from);
      const numbers = content
        .slice(0, Number(first ?? 0))
        .trim()
        .split(/\s+/);
      for (let pair = 0; pair + 1 < numbers.length; pair += 2) {
        const begin = Number(first) + Number(numbers[pair + 1]);
        const next = numbers[pair + 3];
        const end = next === undefined ? begin + OBJECT_BYTES : Number(first) + Number(next);
        const number = numbers[pair] ?? '';
        if (!objects.has(number)) objects.set(number, content.slice(begin, end));
      }
    }
    return objects;
  }

  /** One stream that does not unpack says nothing of the others. */
  private contentOrNothing(at: number): string {
    try {
      return this.contentAfter(at);
    } catch {
      return '';
    }
  }
}
