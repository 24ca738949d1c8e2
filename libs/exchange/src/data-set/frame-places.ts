import { Problem } from '@vitrine/kernel';

/** A run of bytes in a file: `start` inclusive, `end` exclusive. */
export type Place = readonly [start: number, end: number];
/** Reads part of a file; fewer bytes than asked for only at its end. */
export type ReadBytes = (start: number, length: number) => Promise<Uint8Array>;

const ITEM = 0xfffee000;
const SEQUENCE_END = 0xfffee0dd;
const MAXIMUM_FRAGMENTS = 200_000;
const MAXIMUM_TABLE_BYTES = 4 * MAXIMUM_FRAGMENTS;
// How compressed pictures begin: JPEG and JPEG-LS, JPEG 2000 (PS3.5 §A.4).
const BEGINNINGS = [
  [0xff, 0xd8],
  [0xff, 0x4f, 0xff, 0x51],
];

interface Fragment {
  readonly at: number;
  readonly place: Place;
  readonly beginsPicture: boolean;
}

/**
 * The fragments of each frame of compressed pixel data (PS3.5 §A.4), whose first item, the offset table, begins at
 * `valueAt`. Throws `exchange.damaged-dicom` where nobody can tell which fragment belongs to which frame.
 */
export async function framePlaces(
  read: ReadBytes,
  valueAt: number,
  frames: number,
): Promise<readonly (readonly Place[])[]> {
  const table = await itemAt(read, valueAt);
  if (table === undefined) throw damaged();
  const offsets = await offsetsIn(read, table);
  const fragments = await fragmentsFrom(read, table[1]);
  const places = (group: readonly Fragment[]) => group.map(({ place }) => place);
  if (frames === 1) return [places(fragments)];
  if (fragments.length === frames) return fragments.map((one) => places([one]));
  const first = table[1];
  const starts = new Set(offsets);
  if (starts.size === frames) return split(fragments, ({ at }) => starts.has(at - first)).map(places);
  const pictures = split(fragments, ({ beginsPicture }) => beginsPicture);
  if (pictures.length !== frames) throw damaged();
  return pictures.map(places);
}

const damaged = () => new Problem('exchange.damaged-dicom');

/** Where the value of the item at this place lies; undefined at the end of the sequence or of the file. */
async function itemAt(read: ReadBytes, at: number): Promise<Place | undefined> {
  const header = Buffer.from(await read(at, 8));
  // Some writers leave the closing delimiter out; all fragments are there then.
  if (header.length === 0) return undefined;
  if (header.length < 8) throw damaged();
  const tag = header.readUInt16LE(0) * 0x10000 + header.readUInt16LE(2);
  if (tag === SEQUENCE_END) return undefined;
  if (tag !== ITEM) throw damaged();
  return [at + 8, at + 8 + header.readUInt32LE(4)];
}

async function offsetsIn(read: ReadBytes, [start, end]: Place): Promise<number[]> {
  if (end - start > MAXIMUM_TABLE_BYTES) throw damaged();
  const table = Buffer.from(await read(start, end - start));
  return Array.from({ length: Math.floor(table.length / 4) }, (_, index) => table.readUInt32LE(index * 4));
}

async function fragmentsFrom(read: ReadBytes, from: number): Promise<Fragment[]> {
  const fragments: Fragment[] = [];
  for (let at = from; ;) {
    const place = await itemAt(read, at);
    if (place === undefined) return fragments;
    if (fragments.length === MAXIMUM_FRAGMENTS) throw damaged();
    const begins = await read(place[0], 4);
    const beginsPicture = BEGINNINGS.some((signs) => signs.every((sign, index) => begins[index] === sign));
    fragments.push({ at, place, beginsPicture });
    at = place[1];
  }
}

/** Groups of fragments, each from one that begins a picture to before the next. */
function split(fragments: readonly Fragment[], begins: (one: Fragment) => boolean): Fragment[][] {
  const groups: Fragment[][] = [];
  for (const one of fragments) {
    if (begins(one)) groups.push([one]);
    else if (groups.length > 0) groups.at(-1)?.push(one);
    else throw damaged();
  }
  return groups;
}
