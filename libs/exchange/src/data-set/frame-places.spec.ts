import { describe, expect, it } from '@jest/globals';
import { framePlaces } from './frame-places.js';

const item = (value: Buffer) => {
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
};
const END = Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
const table = (...offsets: number[]) => {
  const bytes = Buffer.alloc(offsets.length * 4);
  offsets.forEach((offset, index) => bytes.writeUInt32LE(offset, index * 4));
  return item(bytes);
};
const JPEG = Buffer.from([0xff, 0xd8, 1, 2]);
const more = Buffer.from([3, 4, 5, 6]);

/** The bytes of each frame, fragments joined. */
async function framesOf(frames: number, ...items: Buffer[]): Promise<string[]> {
  const file = Buffer.concat([Buffer.from('head'), ...items]);
  const read = (at: number, length: number) => Promise.resolve(file.subarray(at, at + length));
  const places = await framePlaces(read, 4, frames);
  return places.map((one) => Buffer.concat(one.map(([from, to]) => file.subarray(from, to))).toString('hex'));
}

describe('framePlaces', () => {
  it('joins all fragments of a single frame', async () =>
    expect(await framesOf(1, table(), item(JPEG), item(more), END)).toEqual(['ffd8010203040506']));

  it('takes one fragment for one frame where there are as many', async () =>
    expect(await framesOf(2, table(), item(more), item(JPEG), END)).toEqual(['03040506', 'ffd80102']));

  it('believes an offset table', async () =>
    expect(await framesOf(2, table(0, 24), item(more), item(more), item(more), END)).toEqual([
      '0304050603040506',
      '03040506',
    ]));

  it('tells frames without a table by how pictures begin', async () =>
    expect(await framesOf(2, table(), item(JPEG), item(JPEG), item(more), END)).toEqual([
      'ffd80102',
      'ffd8010203040506',
    ]));

  it('does without the closing delimiter', async () =>
    expect(await framesOf(1, table(), item(JPEG))).toEqual(['ffd80102']));

  it.each([
    ['fragments that belong to nobody', [table(), item(more), item(more), item(more), END]],
    ['something else than fragments', [table(), Buffer.from('12345678')]],
    ['no offset table', [END]],
    ['a table that is longer than any', [Buffer.from([0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0x7f])]],
    ['half a header', [table(), Buffer.from([0xfe, 0xff])]],
  ])('refuses %s', async (_, items) =>
    expect(framesOf(2, ...items)).rejects.toMatchObject({ code: 'exchange.damaged-dicom' }),
  );
});
