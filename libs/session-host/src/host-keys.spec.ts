import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runWithoutRoom } from '@vitrine/kernel/testing';
import { openHostSecret } from './host-keys.js';

jest.setTimeout(90_000);

describe('openHostSecret', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-host-secret-'));
    path = join(folder, 'host', 'secret');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a secret at first use that nobody else can read, and reads it again', () => {
    const secret = openHostSecret(path);
    expect(secret).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(openHostSecret(path).equals(secret)).toBe(true);
  });

  it('makes it at the next start when there was no room for it at the first', () => {
    const source = JSON.stringify(join(import.meta.dirname, 'host-keys.ts'));
    const said = runWithoutRoom(`
      const { openHostSecret } = await import(${source});
      try { openHostSecret(${JSON.stringify(path)}); } catch (error) { console.log(error.code); }
    `);
    expect(said).toBe('EFBIG');
    expect(openHostSecret(path)).toHaveLength(32);
  });
});
