import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { contextOf, SealBroken, sealedSize } from './format.js';
import { GatheringSealer } from './gathering-sealer.js';
import { newKey } from './keys.js';
import { openSealedFiles, type SealedFileCopy } from './open-sealed-files.js';
import { SealingPool } from './sealing-pool.js';

jest.setTimeout(60_000);

const MIB = 1024 * 1024;

describe('Sealed files that are opened together', () => {
  const pool = new SealingPool(2);
  const signal = AbortSignal.timeout(50_000);
  let folder: string;
  let made = 0;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-open-'));
  });
  afterAll(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A sealed file, under terms of its own as each has. */
  const sealedFile = (plain: Buffer): SealedFileCopy => {
    const name = String(++made);
    const terms = { key: newKey(), context: contextOf('blob', name) };
    const sealer = new GatheringSealer(terms);
    const sealedBytes = sealedSize(plain.length);
    const source = join(folder, `${name}.sealed`);
    writeFileSync(source, Buffer.concat([...sealer.add(plain), ...sealer.end()]));
    return { source, target: join(folder, name), terms, sealedBytes };
  };
  const outcome = (copies: readonly SealedFileCopy[]) =>
    openSealedFiles(pool, copies, signal).then(
      () => 'opened',
      (error: unknown) => (error instanceof SealBroken ? 'broken' : String(error)),
    );

  it('are what they were, whether empty, small, or so large that all threads have a part of them', async () => {
    const sizes = [
      0,
      9 * MIB + 1,
      1,
      100_000,
      4 * MIB,
      4 * MIB + 1,
      ...Array.from({ length: 100 }, () => 50_000),
    ];
    const plain = sizes.map((size) => randomBytes(size));
    const copies = plain.map((content) => sealedFile(content));
    expect(await outcome(copies)).toBe('opened');
    for (const [index, content] of plain.entries())
      expect(readFileSync(copies[index]?.target ?? '').equals(content)).toBe(true);
  });

  it.each([
    ['small', 1000],
    ['large', 10 * MIB],
  ])('leave no half a file when a %s one of them is broken', async (_size, bytes) => {
    const copies = Array.from({ length: 20 }, () => sealedFile(randomBytes(bytes / 10)));
    const broken = sealedFile(randomBytes(bytes));
    const content = readFileSync(broken.source);
    content.writeUInt8(content.readUInt8(bytes - 1) ^ 1, bytes - 1);
    writeFileSync(broken.source, content);
    expect(await outcome([...copies.slice(0, 10), broken, ...copies.slice(10)])).toBe('broken');
    expect(existsSync(broken.target)).toBe(false);
    for (const { target } of copies)
      if (existsSync(target)) expect(readFileSync(target).length).toBe(bytes / 10);
  });

  it('are broken when they are longer or shorter than they were sealed', async () => {
    const longer = sealedFile(randomBytes(1000));
    expect(await outcome([{ ...longer, sealedBytes: longer.sealedBytes - 1 }])).toBe('broken');
    expect(await outcome([{ ...longer, sealedBytes: longer.sealedBytes + 1 }])).toBe('broken');
    expect(existsSync(longer.target)).toBe(false);
  });

  it('are each opened under their own terms only', async () => {
    const [one, other] = [sealedFile(randomBytes(1000)), sealedFile(randomBytes(1000))];
    expect(await outcome([one, { ...other, terms: one.terms }])).toBe('broken');
  });

  it('do not replace what is there', async () => {
    const copy = sealedFile(randomBytes(1000));
    writeFileSync(copy.target, 'mine');
    expect(await outcome([copy])).toContain('EEXIST');
    expect(readFileSync(copy.target, 'utf8')).toBe('mine');
  });

  it('are left alone once nobody waits for them', async () => {
    const copies = Array.from({ length: 50 }, () => sealedFile(randomBytes(MIB)));
    const controller = new AbortController();
    const opening = openSealedFiles(pool, copies, controller.signal);
    controller.abort(new Error('no longer wanted'));
    await expect(opening).rejects.toThrow('no longer wanted');
    const written = copies.filter(({ target }) => existsSync(target)).length;
    expect(written).toBeLessThan(copies.length);
  });
});
