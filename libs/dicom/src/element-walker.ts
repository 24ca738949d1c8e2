import type { ByteSource } from './byte-source.js';
import { latin1 } from './text.js';
import type { Syntax } from './uid.js';

/** Why reading stopped; what it means is for the caller to say. */
export class Malformed extends Error {
  constructor(readonly reason: 'truncated' | 'damaged') {
    super(reason);
  }
}

export const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;

// No viewer nests deeper in earnest, and parsers that recurse die of it.
const MAXIMUM_DEPTH = 64;
const MAXIMUM_ELEMENTS = 500_000;

// PS3.5 table 7.1-1: these have a 32 bit length after two reserved bytes.
const LONG_VRS = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const SHORT_VRS = new Set('AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US'.split(' '));

export interface ElementHeader {
  /** Group in the upper, element in the lower 16 bits. */
  readonly tag: number;
  /** Empty when the syntax is implicit. */
  readonly vr: string;
  readonly length: number;
  readonly valueAt: number;
}

/** Walks over elements without recursion, reading headers only. */
export class ElementWalker {
  private elements = 0;

  constructor(private readonly source: ByteSource) {}

  /** The header at `at`. Throws `truncated` when the file ends within it. */
  header(at: number, syntax: Syntax): ElementHeader {
    if (++this.elements > MAXIMUM_ELEMENTS) throw new Malformed('damaged');
    const bytes = this.source.read(at, 12);
    if (bytes.length < 8) throw new Malformed('truncated');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const little = syntax.littleEndian;
    const tag = view.getUint16(0, little) * 0x10000 + view.getUint16(2, little);
    if (tag >= 0xfffe0000 && tag <= 0xfffeffff)
      return { tag, vr: '', length: view.getUint32(4, little), valueAt: at + 8 };
    if (!syntax.explicit) return { tag, vr: '', length: view.getUint32(4, little), valueAt: at + 8 };
    const vr = latin1(bytes.subarray(4, 6));
    if (!/^[A-Z]{2}$/.test(vr)) throw new Malformed('damaged');
    if (LONG_VRS.has(vr) || (!SHORT_VRS.has(vr) && view.getUint16(6, little) === 0)) {
      // A VR that is not known yet has the long form by PS3.5 §7.1.2, recognised by its reserved bytes.
      if (bytes.length < 12) throw new Malformed('truncated');
      return { tag, vr, length: view.getUint32(8, little), valueAt: at + 12 };
    }
    return { tag, vr, length: view.getUint16(6, little), valueAt: at + 8 };
  }

  /** Where the element after this one begins; throws `truncated` when its value does not fit into the file. */
  after(element: ElementHeader, syntax: Syntax): number {
    if (element.length !== UNDEFINED_LENGTH) return this.inside(element.valueAt + element.length);
    return this.afterSequence(
      element.valueAt,
      element.vr === 'UN' ? { explicit: false, littleEndian: true } : syntax,
    );
  }

  /** Where compressed pixel data ends: fragments up to the delimiter (PS3.5 §A.4). */
  afterFragments(at: number, littleEndian: boolean): number {
    const syntax = { explicit: true, littleEndian };
    for (;;) {
      // Some writers leave the closing delimiter out; all fragments are there then.
      if (at === this.source.size) return at;
      const fragment = this.header(at, syntax);
      if (fragment.tag === SEQUENCE_END) return fragment.valueAt;
      if (fragment.tag !== ITEM || fragment.length === UNDEFINED_LENGTH) throw new Malformed('damaged');
      at = this.inside(fragment.valueAt + fragment.length);
    }
  }

  private afterSequence(at: number, outer: Syntax): number {
    const open: { readonly kind: 'sequence' | 'item'; readonly syntax: Syntax }[] = [
      { kind: 'sequence', syntax: outer },
    ];
    for (let here = open.at(-1); here !== undefined; here = open.at(-1)) {
      if (open.length > MAXIMUM_DEPTH) throw new Malformed('damaged');
      const element = this.header(at, here.syntax);
      at = element.valueAt;
      if (element.tag === (here.kind === 'sequence' ? SEQUENCE_END : ITEM_END)) open.pop();
      else if (here.kind === 'sequence' && element.tag !== ITEM) throw new Malformed('damaged');
      else if (element.length !== UNDEFINED_LENGTH) at = this.inside(at + element.length);
      else if (here.kind === 'sequence') open.push({ kind: 'item', syntax: here.syntax });
      else
        open.push({
          kind: 'sequence',
          syntax: element.vr === 'UN' ? { explicit: false, littleEndian: true } : here.syntax,
        });
    }
    return at;
  }

  private inside(at: number): number {
    if (at > this.source.size) throw new Malformed('truncated');
    return at;
  }
}
