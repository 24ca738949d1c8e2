import type { ByteSource } from '../byte-source.js';
import { vrOfTag } from '../dictionary.js';
import { ElementWalker, Malformed, UNDEFINED_LENGTH, type ElementHeader } from '../element-walker.js';
import { latin1 } from '../text.js';
import type { Syntax } from '../uid.js';
import type { JsonDataSet, JsonElement } from './json-model.js';
import { elementOf, isBinary } from './values.js';

/** Where a value lies in the data set that was read. */
export interface ValuePlace {
  readonly vr: string;
  readonly valueAt: number;
  /** `UNDEFINED_LENGTH` for compressed pixel data. */
  readonly length: number;
}

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const MAXIMUM_DEPTH = 64;
/** Values longer than this are told as an address. */
const LONGEST_INLINE_TEXT = 16 * 1024;
const LONGEST_INLINE_BINARY = 1024;
const MAXIMUM_VALUE_BYTES = 32 * 1024 * 1024;

interface Context {
  readonly syntax: Syntax;
  readonly characterSet: string;
  readonly signed: boolean;
  readonly depth: number;
  /** Tags and item numbers down to here, each followed by a dot. */
  readonly path: string;
}

/**
 * Reads a whole data set up to its pixel data into the DICOM JSON Model. Bounded: 64 nested sequences, 500,000
 * elements, 32 MiB of values; bytes that are told as an address are not read. Throws `Malformed`.
 */
export class DataSetReader {
  /** What was told as an address, by its path: tags, and within sequences `.`, the item's number and `.`. */
  readonly bulk = new Map<string, ValuePlace>();
  private readonly walker: ElementWalker;
  private bytesLeft = MAXIMUM_VALUE_BYTES;

  constructor(
    private readonly source: ByteSource,
    private readonly addressOf: (path: string) => string,
  ) {
    this.walker = new ElementWalker(source);
  }

  read(start: number, syntax: Syntax): JsonDataSet {
    const context = { syntax, characterSet: '', signed: false, depth: 0, path: '' };
    return this.elements(start, this.source.size, context).dataSet;
  }

  private elements(at: number, end: number, outer: Context): { dataSet: JsonDataSet; at: number } {
    if (outer.depth > MAXIMUM_DEPTH) throw new Malformed('damaged');
    const dataSet: JsonDataSet = {};
    let context = outer;
    while (at < end) {
      // Zeros that some writers leave behind the last element.
      if (end - at < 8) break;
      const header = this.walker.header(at, context.syntax);
      if (header.tag === ITEM_END) return { dataSet, at: header.valueAt };
      if (header.tag >= 0xfffe0000 && header.tag <= 0xfffeffff) throw new Malformed('damaged');
      const tag = header.tag.toString(16).padStart(8, '0').toUpperCase();
      const vr = this.vrOf(header, tag, context);
      if (isPixels(header.tag) && context.depth === 0) {
        dataSet[tag] = this.asBulk(tag, vr, header, context);
        break;
      }
      let element: JsonElement;
      if (vr === 'SQ') ({ element, at } = this.sequence(header, tag, context));
      else {
        at = this.walker.after(header, context.syntax);
        element = this.value(header, tag, vr, context);
      }
      if (tag === '00080005') {
        const set = latin1(this.source.read(header.valueAt, header.length)).trim();
        context = { ...context, characterSet: set };
        // The JSON Model is UTF-8 whatever the file was (PS3.18 §F.2).
        element = { vr: 'CS', Value: ['ISO_IR 192'] };
      }
      if (tag === '00280103') context = { ...context, signed: element.Value?.[0] === 1 };
      // Group lengths and padding say nothing of the data (PS3.18 §F.2.2).
      if (!tag.endsWith('0000') && tag !== 'FFFCFFFC') dataSet[tag] = element;
    }
    return { dataSet, at };
  }

  private vrOf({ vr, length }: ElementHeader, tag: string, { signed }: Context): string {
    const known = vr === '' ? vrOfTag(tag, signed) : vr;
    return length === UNDEFINED_LENGTH && (known === 'UN' || vr === '') && !tag.startsWith('7FE0')
      ? 'SQ'
      : known;
  }

  private value(header: ElementHeader, tag: string, vr: string, context: Context): JsonElement {
    const longest = isBinary(vr) ? LONGEST_INLINE_BINARY : LONGEST_INLINE_TEXT;
    if (header.length > longest) return this.asBulk(tag, vr, header, context);
    this.bytesLeft -= header.length;
    if (this.bytesLeft < 0) throw new Malformed('damaged');
    const { littleEndian } = context.syntax;
    const bytes = Uint8Array.from(this.source.read(header.valueAt, header.length));
    return elementOf(vr, bytes, { littleEndian, characterSet: context.characterSet });
  }

  private asBulk(
    tag: string,
    vr: string,
    { valueAt, length }: ElementHeader,
    { path }: Context,
  ): JsonElement {
    this.bulk.set(path + tag, { vr, valueAt, length });
    return { vr, BulkDataURI: this.addressOf(path + tag) };
  }

  private sequence(
    header: ElementHeader,
    tag: string,
    context: Context,
  ): { element: JsonElement; at: number } {
    // A sequence of unknown VR is always written implicitly (PS3.5 §6.2.2).
    const syntax = header.vr === 'UN' ? { explicit: false, littleEndian: true } : context.syntax;
    const open = header.length === UNDEFINED_LENGTH;
    const end = open ? this.source.size : header.valueAt + header.length;
    if (end > this.source.size) throw new Malformed('truncated');
    const items: JsonDataSet[] = [];
    let at = header.valueAt;
    while (at < end) {
      const item = this.walker.header(at, syntax);
      at = item.valueAt;
      if (item.tag === SEQUENCE_END) break;
      if (item.tag !== ITEM) throw new Malformed('damaged');
      const itemEnd = item.length === UNDEFINED_LENGTH ? end : at + item.length;
      if (itemEnd > end) throw new Malformed('damaged');
      const path = `${context.path}${tag}.${items.length}.`;
      const inner = this.elements(at, itemEnd, { ...context, syntax, depth: context.depth + 1, path });
      items.push(inner.dataSet);
      at = item.length === UNDEFINED_LENGTH ? inner.at : itemEnd;
    }
    return { element: items.length === 0 ? { vr: 'SQ' } : { vr: 'SQ', Value: items }, at };
  }
}

/** Pixel Data and its float forms; nothing of interest follows them. */
const isPixels = (tag: number): boolean => tag >= 0x7fe00008 && tag <= 0x7fe00010;
