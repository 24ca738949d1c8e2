import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  contextOf,
  MAGIC,
  plainSize,
  SealBroken,
  sealedSize,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  segmentOffset,
  segmentsOf,
} from './format.js';
import { runJob } from './jobs.js';
import { derivedKey, newKey, unwrap, unwrapKey, wrap, wrapKey } from './keys.js';
import { openedStream } from './opened-stream.js';
import { SealedFile } from './sealed-file.js';
import { sealed } from './sealed-stream.js';
import type { SealingTerms } from './segment.js';

const SIZES = [0, 1, 15, 65_535, 65_536, 65_537, 131_072, 131_073, 3 * 1024 * 1024 + 17];
const terms: SealingTerms = { key: newKey(), context: contextOf('blob', 'patient', 'one', 1) };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-sealing-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const collect = async (content: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
};

/** In pieces of odd sizes, as a network brings them. */
// eslint-disable-next-line @typescript-eslint/require-await
async function* inPieces(bytes: Buffer, size = 40_961): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const seal = (plain: Buffer, under = terms) => collect(sealed(inPieces(plain), under));

const fileWith = (bytes: Buffer): string => {
  const path = join(folder, randomBytes(8).toString('hex'));
  writeFileSync(path, bytes);
  return path;
};

function withFd<T>(path: string, work: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** The three ways in which sealed bytes are read. All must refuse what one refuses. */
const READERS: Readonly<Record<string, (bytes: Buffer, under?: SealingTerms) => Promise<Buffer>>> = {
  'a thread': (bytes, under = terms) => {
    const [source, target] = [fileWith(bytes), join(folder, randomBytes(8).toString('hex'))];
    const to = segmentsOf(plainSize(bytes.length) ?? 1);
    try {
      const piece = { source, target, create: true, terms: under, sealedBytes: bytes.length, from: 0, to };
      runJob({ kind: 'open', pieces: [piece] }, () => false);
    } catch (error) {
      if (existsSync(target)) throw new Error('half a file was left', { cause: error });
      throw error;
    }
    return Promise.resolve(readFileSync(target));
  },
  'a stream': async (bytes, under = terms) => collect(openedStream(await open(fileWith(bytes)), under)),
  'random access': (bytes, under = terms) =>
    Promise.resolve(
      withFd(fileWith(bytes), (fd) => {
        const file = new SealedFile(fd, under);
        return file.read(0, file.size);
      }),
    ),
};
const attempt = async (read: () => Promise<Buffer>): Promise<Buffer> => {
  await Promise.resolve();
  return read();
};

describe.each(Object.entries(READERS))('Sealed content read by %s', (_name, read) => {
  const refused = async (bytes: Buffer, under?: SealingTerms) =>
    expect(attempt(() => read(bytes, under))).rejects.toThrow(SealBroken);

  it.each(SIZES)('gives back %i bytes, at the size that was foretold', async (size) => {
    const plain = randomBytes(size);
    const bytes = await seal(plain);
    expect(bytes.length).toBe(sealedSize(size));
    expect(plainSize(bytes.length)).toBe(size);
    expect((await read(bytes)).equals(plain)).toBe(true);
  });

  it.each(SIZES)('refuses %i bytes of which any one bit was flipped', async (size) => {
    const bytes = await seal(randomBytes(size));
    const places = [0, MAGIC.length - 1, MAGIC.length, MAGIC.length + 8, bytes.length - 17, bytes.length - 1];
    for (let i = 0; i < 12; i++) places.push(Math.floor(Math.random() * bytes.length));
    for (const place of places) {
      const forged = Buffer.from(bytes);
      forged.writeUInt8(forged.readUInt8(place) ^ (1 << (place % 8)), place);
      await refused(forged);
    }
  });

  it.each(SIZES)('refuses %i bytes that were cut or made longer anywhere', async (size) => {
    const bytes = await seal(randomBytes(size));
    const ends = [0, 4, MAGIC.length, bytes.length - 1];
    for (let index = 1; index < segmentsOf(size); index++)
      ends.push(segmentOffset(index), segmentOffset(index) + 23);
    for (const end of ends) await refused(bytes.subarray(0, end));
    await refused(Buffer.concat([bytes, Buffer.from([0])]));
    await refused(Buffer.concat([bytes, bytes.subarray(MAGIC.length)]));
  });

  it('refuses segments in another order, doubled, or left out', async () => {
    const bytes = await seal(randomBytes(4 * SEGMENT_BYTES));
    const segment = (index: number) =>
      bytes.subarray(segmentOffset(index), segmentOffset(index) + SEALED_SEGMENT_BYTES);
    const from = (...order: number[]) => Buffer.concat([MAGIC, ...order.map(segment)]);
    expect((await read(from(0, 1, 2, 3))).length).toBe(4 * SEGMENT_BYTES);
    for (const order of [
      [1, 0, 2, 3],
      [0, 2, 1, 3],
      [0, 0, 2, 3],
      [0, 1, 3],
      [3],
      [0, 1, 2],
      [0, 1, 2, 3, 3],
    ])
      await refused(from(...order));
  });

  it('refuses a segment of another version of the same content', async () => {
    const plain = randomBytes(2 * SEGMENT_BYTES);
    const [older, newer] = [await seal(plain, { ...terms, key: newKey() }), await seal(plain)];
    await refused(Buffer.concat([older.subarray(0, segmentOffset(1)), newer.subarray(segmentOffset(1))]));
    await refused(older);
  });

  it.each([
    ['patient', contextOf('blob', 'other', 'one', 1)],
    ['blob', contextOf('blob', 'patient', 'two', 1)],
    ['version', contextOf('blob', 'patient', 'one', 2)],
    ['words that only look alike', contextOf('blob', 'patient","one', 1)],
  ])('refuses what was sealed for another %s', async (_what, context) => {
    await refused(await seal(randomBytes(100)), { key: terms.key, context });
  });
});

describe('Sealed content', () => {
  it('never has the same bytes twice, and shows nothing of the plain ones', async () => {
    const plain = Buffer.alloc(200_000, 'canary ');
    const [one, two] = [await seal(plain), await seal(plain)];
    expect(one.equals(two)).toBe(false);
    expect(one.includes('canary')).toBe(false);
  });

  it('is opened only where it is read', async () => {
    const plain = randomBytes(5 * SEGMENT_BYTES + 3);
    const bytes = await seal(plain);
    bytes.fill(0, segmentOffset(1), segmentOffset(4));
    const path = fileWith(bytes);
    for (const [start, end] of [
      [0, 1],
      [SEGMENT_BYTES - 1, SEGMENT_BYTES],
      [4 * SEGMENT_BYTES, plain.length],
      [5 * SEGMENT_BYTES, plain.length + 99],
    ] as const) {
      const wanted = plain.subarray(start, end);
      expect((await collect(openedStream(await open(path), terms, { start, end }))).equals(wanted)).toBe(
        true,
      );
      expect(withFd(path, (fd) => new SealedFile(fd, terms).read(start, end - start)).equals(wanted)).toBe(
        true,
      );
    }
    await expect(collect(openedStream(await open(path), terms, { start: 0, end: 65_537 }))).rejects.toThrow(
      SealBroken,
    );
  });

  it('has no size that sealing does not make', () => {
    for (const bytes of [0, 8, 8 + 22, 8 + SEALED_SEGMENT_BYTES + 1, 8 + SEALED_SEGMENT_BYTES + 23])
      expect(plainSize(bytes)).toBeUndefined();
  });
});

describe('Wrapped keys', () => {
  const context = contextOf('key', 'one');

  it('come out under the same key and context only', () => {
    const [outer, inner] = [newKey(), newKey()];
    const wrapped = wrapKey(outer, inner, context);
    expect(unwrapKey(outer, wrapped, context).equals(inner)).toBe(true);
    expect(() => unwrapKey(newKey(), wrapped, context)).toThrow(SealBroken);
    expect(() => unwrapKey(outer, wrapped, contextOf('key', 'two'))).toThrow(SealBroken);
    const flipped = `${wrapped.startsWith('A') ? 'B' : 'A'}${wrapped.slice(1)}`;
    for (const forged of ['', 'AAAA', flipped, wrapped.slice(0, -8)])
      expect(() => unwrapKey(outer, forged, context)).toThrow(SealBroken);
    expect(() => unwrapKey(outer, wrap(outer, Buffer.from('short'), context), context)).toThrow(SealBroken);
  });

  it('hold a short text as well', () => {
    const key = newKey();
    expect(unwrap(key, wrap(key, Buffer.from('a name'), context), context).toString()).toBe('a name');
  });

  it('are derived for one purpose each', () => {
    const key = newKey();
    expect(derivedKey(key, context).equals(derivedKey(key, contextOf('key', 'one')))).toBe(true);
    expect(derivedKey(key, context).equals(derivedKey(key, contextOf('key', 'two')))).toBe(false);
    expect(derivedKey(key, context).equals(derivedKey(newKey(), context))).toBe(false);
  });
});
