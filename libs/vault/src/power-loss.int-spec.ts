import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CANARY, filesWith } from '../testing/canary.js';
import { bytesOf } from '../testing/bytes-of.js';
import { LoopDisk } from '../testing/loop-disk.js';
import { StoringChild } from '../testing/storing-child.js';
import { openVaultIn } from '../testing/vault-folder.js';
import { sweepAll } from '../testing/sweep-all.js';

jest.setTimeout(300_000);

const CHILD = resolve(import.meta.dirname, '../testing/put-until-killed.ts');
const SNAPSHOTS = 4;

const disk = LoopDisk.open();

(disk === undefined ? describe.skip : describe)('A vault whose power fails while it stores', () => {
  let child: StoringChild;

  beforeAll(() => {
    child = StoringChild.start(CHILD, disk?.folder ?? '');
  });
  afterAll(async () => {
    await child.kill();
    disk?.close();
  });

  it('has lost no acknowledged file, shows no half one, and has no plain byte on the disk', async () => {
    for (let turn = 1; turn <= SNAPSHOTS; turn++) {
      await child.until(() => child.count() >= turn * 12);
      await disk?.afterPowerCut(child.process, child.lines, check);
    }
  });

  const check = async (
    { image, folder }: { readonly image: string; readonly folder: string },
    promised: readonly string[],
  ) => {
    const found = execFileSync('sh', ['-c', `grep -a -c '${CANARY.trim()}' ${image} || true`]);
    expect(found.toString().trim()).toBe('0');
    expect(filesWith(CANARY, join(folder, 'data'))).toEqual([]);
    const { vault, store, close } = await openVaultIn(folder);
    await sweepAll(vault);
    const visible = new Set<string>();
    for (const patientId of await store.patients())
      for await (const { blobId } of store.list(patientId)) {
        visible.add(blobId);
        // No half one: everything that is still there opens.
        await bytesOf(await vault.open(patientId, blobId));
      }
    for (const line of promised) {
      const [patientId = '', blobId = '', digest] = line.split(' ');
      expect(visible.has(blobId)).toBe(true);
      const content = await bytesOf(await vault.open(patientId, blobId));
      expect(createHash('sha256').update(content).digest('hex')).toBe(digest);
    }
    await close();
  };
});
