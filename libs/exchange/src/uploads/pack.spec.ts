import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newKey, openedStream, SealBroken, SEGMENT_BYTES } from '@vitrine/sealing';
import { withFile } from '../examiner/file-source.js';
import { readPack, type PackEntry } from './pack-reader.js';
import { PackWriter } from './pack-writer.js';

describe('a pack', () => {
  const key = newKey();
  let folder: string;
  let path: string;
  let pack: PackWriter;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-pack-'));
    path = join(folder, 'one.pack');
    pack = await PackWriter.create(path, key);
  });
  afterEach(async () => {
    await pack.close().catch(() => undefined);
    rmSync(folder, { recursive: true });
  });

  const put = async (name: string, ...chunks: Buffer[]) => {
    const entry = pack.begin(name);
    for (const chunk of chunks) await entry.write(chunk);
    await entry.finish();
  };
  const streamed = async ({ source }: PackEntry) => {
    const parts: Buffer[] = [];
    for await (const part of openedStream(await open(path), source.terms, undefined, source.slice))
      parts.push(part);
    return Buffer.concat(parts);
  };
  /** As the examiner reads it. */
  const read = ({ source }: PackEntry) => withFile(source, (file) => file.read(0, file.size));
  const names = async () => (await readPack(path, key)).map(({ name }) => name);
  const contents = async () =>
    Promise.all((await readPack(path, key)).map(async (entry) => [entry.name, await streamed(entry)]));

  it('gives back what was put in, small and large, in order', async () => {
    const large = Buffer.alloc(3_500_000, 'large');
    await put('small', Buffer.from('a'), Buffer.from('b'));
    await put(
      'large',
      ...Array.from({ length: 7 }, (_, n) => large.subarray(n * 500_000, (n + 1) * 500_000)),
    );
    await put('empty');
    const entries = await readPack(path, key);
    expect(entries.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['small', 2],
      ['large', 3_500_000],
      ['empty', 0],
    ]);
    for (const [index, content] of [Buffer.from('ab'), large, Buffer.alloc(0)].entries()) {
      expect(content.equals(read(entries[index]!))).toBe(true);
      expect(content.equals(await streamed(entries[index]!))).toBe(true);
    }
  });

  it.each([
    SEGMENT_BYTES - 1,
    SEGMENT_BYTES,
    SEGMENT_BYTES + 1,
    2 ** 20,
    2 ** 20 + 1,
    2 ** 21,
    2 ** 21 + SEGMENT_BYTES,
  ])('gives back %i bytes, however they came', async (size) => {
    const bytes = Buffer.alloc(size, 'some bytes');
    await put('at once', bytes);
    const pieces: Buffer[] = [];
    for (let at = 0; at < size; at += 40_961) pieces.push(bytes.subarray(at, at + 40_961));
    await put('in pieces', ...pieces);
    const read = await contents();
    expect(read.map(([name]) => name)).toEqual(['at once', 'in pieces']);
    for (const [, content] of read) expect(bytes.equals(content as Buffer)).toBe(true);
  });

  it.each([80, 81, 1600])('gives back names of %i bytes, with small and large files', async (length) => {
    const name = `${'x'.repeat(length - 2)}ü`;
    const large = Buffer.alloc(2_400_000, 'large');
    await put(name, Buffer.from('small'));
    await put('short', Buffer.from('between'));
    await put(name, large.subarray(0, 1_200_000), large.subarray(1_200_000));
    expect(await names()).toEqual([name, 'short', name]);
    const read = (await contents()).map(([, content]) => content as Buffer);
    expect(read.slice(0, 2).map(String)).toEqual(['small', 'between']);
    expect(read[2]?.equals(large)).toBe(true);
  });

  it('shows nothing of what it holds, not even the names', async () => {
    await put('1.2.840.99.dcm', Buffer.alloc(2_000_000, 'canary '), Buffer.from('canary'));
    await put('small canary', Buffer.from('canary'));
    await put(`1.2.840.${'canary'.repeat(50)}`, Buffer.from('canary'));
    const raw = readFileSync(path);
    expect(raw.includes('canary')).toBe(false);
    expect(raw.includes('1.2.840')).toBe(false);
    expect(await readPack(path, newKey())).toEqual([]);
  });

  it('has nothing of an entry that was discarded, and goes on after it', async () => {
    await put('first', Buffer.from('1'));
    const entry = pack.begin('gone');
    await entry.write(Buffer.alloc(2_000_000));
    await entry.discard();
    await put('second', Buffer.from('2'));
    expect(await contents()).toEqual([
      ['first', Buffer.from('1')],
      ['second', Buffer.from('2')],
    ]);
  });

  it.each([
    ['an entry', 'second'],
    ['an entry with a long name', 'second'.repeat(30)],
  ])('has nothing of %s that was cut or torn, and all that came before it', async (_what, second) => {
    await put('first', Buffer.alloc(1000, 1));
    const { size: firstEnd } = statSync(path);
    await put(second, Buffer.alloc(1000, 2));
    const whole = readFileSync(path);
    for (let length = whole.length - 1; length > firstEnd; length -= 97) {
      truncateSync(path, length);
      expect(await names()).toEqual(['first']);
    }
    for (let place = firstEnd; place < whole.length; place += 31) {
      const torn = Buffer.from(whole);
      torn[place]! ^= 1;
      writeFileSync(path, torn);
      expect(await names()).toEqual(['first']);
    }
  });

  it('has no entry of another pack, and none at another place', async () => {
    await put('first', Buffer.alloc(500, 1));
    const { size } = statSync(path);
    await put('second', Buffer.alloc(500, 2));
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole.subarray(size), whole.subarray(0, size)]));
    expect(await names()).toEqual([]);
  });

  it('does not open a slice as what another entry is', async () => {
    await put('first', Buffer.alloc(500, 1));
    await put('second', Buffer.alloc(500, 2));
    const [first, second] = await readPack(path, key);
    const mixed = { ...first!.source, slice: second!.source.slice };
    expect(() => withFile(mixed, (file) => file.read(0, file.size))).toThrow(SealBroken);
  });

  it('has nothing of an entry whose end was never said', async () => {
    await put('first', Buffer.from('1'));
    await pack.begin('half').write(Buffer.alloc(2_000_000, 7));
    expect(await names()).toEqual(['first']);
  });
});
