import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CANARY, filesWith } from '../testing/canary.js';
import { bytesOf } from '../testing/bytes-of.js';
import { putUntilKilled } from '../testing/killed.js';
import { openVaultIn } from '../testing/vault-folder.js';
import { sweepAll } from '../testing/sweep-all.js';

jest.setTimeout(120_000);

describe('A vault whose process is killed while it stores', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-killed-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has every acknowledged file and no plain byte on the disk', async () => {
    const acknowledged: string[] = [];
    for (const laterMs of [0, 3, 11]) {
      acknowledged.push(...(await putUntilKilled({ folder, files: 5, laterMs })));
      expect(readdirSync(join(folder, 'data'))).toContain('vault');
      expect(filesWith(CANARY, join(folder, 'data'))).toEqual([]);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(15);
    const { vault, store, close } = await openVaultIn(folder);
    await sweepAll(vault);
    for (const line of acknowledged) {
      const [patientId = '', blobId = '', digest] = line.split(' ');
      const content = await bytesOf(await vault.open(patientId, blobId));
      expect(createHash('sha256').update(content).digest('hex')).toBe(digest);
      expect(content.includes(CANARY)).toBe(true);
    }
    expect(await store.sweep()).toBe(0);
    await close();
  });
});
