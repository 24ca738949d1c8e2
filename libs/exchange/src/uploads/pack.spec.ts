import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PackWriter, readPack } from './pack.js';

describe('a pack', () => {
  let folder: string;
  let path: string;
  let pack: PackWriter;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-pack-'));
    path = join(folder, 'one.pack');
    pack = await PackWriter.create(path);
  });
  afterEach(async () => {
    await pack.close().catch(() => undefined);
    rmSync(folder, { recursive: true });
  });

  const put = async (name: string, ...chunks: Buffer[]) => {
    const entry = pack.begin(name);
    for (const chunk of chunks) await entry.write(chunk);
    return entry.finish();
  };
  const contents = async () =>
    (await readPack(path)).map(({ name, start, bytes }) => [
      name,
      readFileSync(path).subarray(start, start + bytes),
    ]);

  it('gives back what was put in, small and large, in order', async () => {
    const large = Buffer.alloc(3_500_000, 'large');
    await put('small', Buffer.from('a'), Buffer.from('b'));
    await put(
      'large',
      ...Array.from({ length: 7 }, (_, n) => large.subarray(n * 500_000, (n + 1) * 500_000)),
    );
    await put('empty');
    expect(await contents()).toEqual([
      ['small', Buffer.from('ab')],
      ['large', large],
      ['empty', Buffer.alloc(0)],
    ]);
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

  it('has nothing of an entry that was cut or damaged, and all that came before it', async () => {
    await put('first', Buffer.alloc(1000, 1));
    await put('second', Buffer.alloc(1000, 2));
    const whole = readFileSync(path);
    for (let length = whole.length - 1; length > whole.length / 2; length -= 97) {
      truncateSync(path, length);
      expect((await readPack(path)).map(({ name }) => name)).toEqual(['first']);
    }
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 5]! ^= 1;
    writeFileSync(path, flipped);
    expect((await readPack(path)).map(({ name }) => name)).toEqual(['first']);
  });

  it('takes no bytes of an object for an entry', async () => {
    await put('first', Buffer.from('1'));
    const other = join(folder, 'other.pack');
    writeFileSync(other, readFileSync(path));
    expect(await readPack(other)).toEqual([]);
  });

  it('has nothing of an entry whose end was never said', async () => {
    await put('first', Buffer.from('1'));
    await pack.begin('half').write(Buffer.alloc(2_000_000, 7));
    expect((await readPack(path)).map(({ name }) => name)).toEqual(['first']);
  });
});
