import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { contextOf, newKey, openedStream, sealed, SealBroken } from '@vitrine/sealing';
import { bytesOf } from '../../testing/bytes-of.js';
import { RemoteBytes, type Ranges } from './remote-bytes.js';

const MIB = 1024 ** 2;

/** One object in memory that remembers what was asked of it. */
class OneObject implements Ranges {
  readonly asked: { start: number; end: number }[] = [];

  constructor(private readonly content: Buffer) {}

  async range(
    _key: string,
    { start, end }: { readonly start: number; readonly end: number },
    take: (bytes: Buffer, at: number) => unknown,
    signal?: AbortSignal,
  ): Promise<number> {
    this.asked.push({ start, end });
    const bytes = this.content.subarray(start, end);
    for (let at = 0; at < bytes.length; at += 65_000) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      await take(bytes.subarray(at, at + 65_000), start + at);
    }
    return this.content.length;
  }
}

const terms = { key: newKey(), context: contextOf('test') };
// eslint-disable-next-line @typescript-eslint/require-await
async function* one(bytes: Buffer) {
  yield bytes;
}
async function stored(bytes: number) {
  const content = randomBytes(bytes);
  const object = new OneObject(await bytesOf(sealed(one(content), terms)));
  return { content, object, open: () => RemoteBytes.open(object, 'key') };
}

describe('An object that is read from elsewhere', () => {
  it.each([0, 1, 65_536, MIB - 31, MIB, 7 * MIB + 11])(
    'gives %i sealed bytes in their order',
    async (bytes) => {
      const { content, open } = await stored(bytes);
      expect((await bytesOf(openedStream(await open(), terms))).equals(content)).toBe(true);
    },
  );

  it('is opened with one request where it is small', async () => {
    const { object, open } = await stored(900_000);
    await bytesOf(openedStream(await open(), terms));
    expect(object.asked).toHaveLength(1);
  });

  it('is read only where it is wanted', async () => {
    const { content, object, open } = await stored(40 * MIB);
    for (const [start, end] of [
      [0, 10],
      [30 * MIB, 30 * MIB + 5],
      [20 * MIB - 3, 20 * MIB + 200_000],
      [40 * MIB - 1, 40 * MIB],
    ] as const) {
      object.asked.length = 0;
      const part = await bytesOf(openedStream(await open(), terms, { start, end }));
      expect(part.equals(content.subarray(start, end))).toBe(true);
      expect(object.asked.reduce((sum, asked) => sum + asked.end - asked.start, 0)).toBeLessThanOrEqual(
        2 * MIB,
      );
    }
  });

  it('is read no further than a window ahead of a reader who pauses', async () => {
    const { object, open } = await stored(40 * MIB);
    const stream = openedStream(await open(), terms);
    for (let segments = 0; segments < 32; segments++) await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const furthest = Math.max(...object.asked.map(({ end }) => end));
    expect(furthest).toBeLessThanOrEqual(10 * MIB);
    await stream.return();
  });

  it('ends what is on its way when it is closed', async () => {
    const { open } = await stored(8 * MIB);
    const source = await open();
    const reading = source.read(Buffer.alloc(4 * MIB), 0, 4 * MIB, 2 * MIB);
    await source.close();
    await expect(reading).rejects.toThrow();
  });

  it('is refused when it was changed', async () => {
    const content = randomBytes(3 * MIB);
    const bytes = await bytesOf(sealed(one(content), terms));
    bytes[2 * MIB]! ^= 1;
    const source = await RemoteBytes.open(new OneObject(bytes), 'key');
    await expect(bytesOf(openedStream(source, terms))).rejects.toThrow(SealBroken);
  });
});
