import { windowed, type ByteSource } from '../byte-source.js';
import { ElementWalker, Malformed, UNDEFINED_LENGTH, type ElementHeader } from '../element-walker.js';
import { openDataSet, TooLarge } from '../header-reader.js';
import type { Syntax } from '../uid.js';
import type { Element } from './elements.js';

/** What a file itself says that a directory of it repeats (PS3.3 §F.5), by tag, in the file's own character set. */
export type DirectoryKeys = ReadonlyMap<number, Element>;

/** The tags that are read, with their VR (PS3.6); inside of sequences too. All of them are text or hold text. */
const VRS: Readonly<Record<number, string>> = {
  0x00080005: 'CS',
  0x00080020: 'DA',
  0x00080023: 'DA',
  0x00080030: 'TM',
  0x00080033: 'TM',
  0x00080050: 'SH',
  0x00080100: 'SH',
  0x00080102: 'SH',
  0x00080104: 'LO',
  0x00081030: 'LO',
  0x00081115: 'SQ',
  0x00081140: 'SQ',
  0x00081150: 'UI',
  0x00081155: 'UI',
  0x00100010: 'PN',
  0x00100020: 'LO',
  0x00100030: 'DA',
  0x00100040: 'CS',
  0x0020000d: 'UI',
  0x0020000e: 'UI',
  0x00200010: 'SH',
  0x00200013: 'IS',
  0x0040a027: 'LO',
  0x0040a030: 'DT',
  0x0040a043: 'SQ',
  0x0040a491: 'CS',
  0x0040a493: 'CS',
  0x00420010: 'ST',
  0x00420012: 'LO',
  0x00700080: 'CS',
  0x00700081: 'LO',
  0x00700082: 'DA',
  0x00700083: 'TM',
  0x00700084: 'PN',
  0x30040004: 'CS',
  0x30040006: 'CS',
  0x3004000a: 'CS',
  0x30060002: 'SH',
  0x30060008: 'DA',
  0x30060009: 'TM',
  0x30080250: 'DA',
  0x30080251: 'TM',
  0x300a0002: 'SH',
  0x300a0006: 'DA',
  0x300a0007: 'TM',
};

const MAXIMUM_VALUE_BYTES = 1024;
const MAXIMUM_ITEMS = 200;
const MAXIMUM_DEPTH = 3;
const PIXELS = 0x7fe00008;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;

/**
 * Reads the keys out of the beginning of a DICOM file. Never throws for what is in the file: what is damaged, or lies
 * beyond the bytes that were given, is simply not among the keys.
 */
export function readDirectoryKeys(file: ByteSource): DirectoryKeys {
  const keys = new Map<number, Element>();
  try {
    const { source, start, syntax } = openDataSet(windowed(file));
    new KeyReader(source, syntax).read(start, source.size, 0, (element) => keys.set(element.tag, element));
  } catch (error) {
    if (!(error instanceof Malformed || error instanceof TooLarge)) throw error;
  }
  return keys;
}

class KeyReader {
  private readonly walker: ElementWalker;

  constructor(
    private readonly source: ByteSource,
    private readonly syntax: Syntax,
  ) {
    this.walker = new ElementWalker(source);
  }

  /** Reads elements up to `end` or to the end of the item; returns where that was. */
  read(at: number, end: number, depth: number, found: (element: Element) => void): number {
    while (at < end) {
      const header = this.walker.header(at, this.syntax);
      if (header.tag === ITEM_END) return header.valueAt;
      if (header.tag >= PIXELS && header.tag < 0xfffe0000) return at;
      const vr = VRS[header.tag];
      // The keys first: the file may end, as far as it was read, within this very element.
      if (vr === 'SQ') found(this.sequence(header, depth));
      else if (vr !== undefined && header.length <= MAXIMUM_VALUE_BYTES)
        found({ tag: header.tag, vr, value: this.value(header) });
      at = this.walker.after(header, this.syntax);
    }
    return at;
  }

  private value({ valueAt, length }: ElementHeader): Uint8Array {
    const bytes = Uint8Array.from(this.source.read(valueAt, length));
    if (bytes.length < length) throw new Malformed('truncated');
    let end = bytes.length;
    while (end > 0 && (bytes[end - 1] === 0 || bytes[end - 1] === 0x20)) end--;
    return bytes.subarray(0, end);
  }

  private sequence(header: ElementHeader, depth: number): Element {
    const items: Element[][] = [];
    if (depth < MAXIMUM_DEPTH) {
      const end = this.walker.after(header, this.syntax);
      let at = header.valueAt;
      while (at < end && items.length < MAXIMUM_ITEMS) {
        const item = this.walker.header(at, this.syntax);
        if (item.tag !== ITEM) break;
        const elements: Element[] = [];
        const inside = item.length === UNDEFINED_LENGTH ? end : item.valueAt + item.length;
        at = this.read(item.valueAt, inside, depth + 1, (element) => elements.push(element));
        items.push(elements);
      }
    }
    return { tag: header.tag, vr: 'SQ', items };
  }
}
