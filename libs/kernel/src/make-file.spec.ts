import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runWithoutRoom } from '../testing/index.js';
import { makeFile } from './make-file.js';

jest.setTimeout(90_000);

describe('makeFile', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-made-'));
    path = join(folder, 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a file that only its owner can read, and leaves nothing beside it', () => {
    expect(makeFile(path, Buffer.from([0, 255]))).toBe(true);
    expect([...readFileSync(path)]).toEqual([0, 255]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).nlink).toBe(1);
    expect(readdirSync(folder)).toEqual(['secret']);
  });

  it('leaves one that is there as it is, and a link that leads nowhere too', () => {
    writeFileSync(path, 'first');
    expect(makeFile(path, 'second')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('first');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    expect(makeFile(join(folder, 'link'), 'third')).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(['link', 'secret']);
  });

  it('makes none where its bytes have no room, so that the next try makes it whole', () => {
    const source = JSON.stringify(join(import.meta.dirname, 'make-file.ts'));
    const said = runWithoutRoom(`
      const { makeFile } = await import(${source});
      try { makeFile(${JSON.stringify(path)}, 'whole'); } catch (error) { console.log(error.code); }
    `);
    expect(said).toBe('EFBIG');
    expect(readdirSync(folder)).toEqual([]);
    expect(makeFile(path, 'whole')).toBe(true);
  });
});
