import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CANARY, filesWith } from '../testing/canary.js';
import { bytesOf } from '../testing/bytes-of.js';
import { openVaultIn } from '../testing/vault-folder.js';

jest.setTimeout(120_000);

const CHILD = resolve(import.meta.dirname, '../testing/put-until-killed.ts');

describe('A vault whose process is killed while it stores', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-killed-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What was acknowledged when the process was killed, some milliseconds after so many files. */
  const killedAfter = (files: number, laterMs: number): Promise<string[]> =>
    new Promise((done, failed) => {
      const child = spawn(process.execPath, ['--import', '@swc-node/register/esm-register', CHILD, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.split('\n').length > files) setTimeout(() => child.kill('SIGKILL'), laterMs);
      });
      child.once('exit', (code) => {
        if (code === null) done(said.split('\n').slice(0, -1));
        else failed(new Error(`the process ended by itself with ${code}`));
      });
    });

  it('has every acknowledged file and no plain byte on the disk', async () => {
    const acknowledged: string[] = [];
    for (const laterMs of [0, 3, 11]) {
      acknowledged.push(...(await killedAfter(5, laterMs)));
      expect(readdirSync(join(folder, 'data'))).toContain('vault');
      expect(filesWith(CANARY, join(folder, 'data'))).toEqual([]);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(15);
    const { vault, store, close } = await openVaultIn(folder);
    await vault.sweep();
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
