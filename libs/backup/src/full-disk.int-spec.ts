import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from '@jest/globals';
import { newId, SystemClock } from '@vitrine/kernel';
import { databaseIn } from '@vitrine/persistence/testing';
import { databaseKeyIn, providerIn, testVault, VAULT_ENTITIES } from '@vitrine/vault/testing';
import { backUp, checkBackup, findBackup, restoreBackup } from './index.js';

const MIB = 1024 ** 2;

describe('A disk that is full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-full-'));
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  let mounted = false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'vitrine-test', disk], { stdio: 'pipe' });
    mounted = true;
  } catch (error) {
    process.stderr.write(`Full disks are not tested: no tmpfs can be mounted (${String(error)}).\n`);
  }
  afterAll(() => {
    if (mounted) execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true });
  });

  (mounted ? it : it.skip)(
    'ends a backup and a restore with a sentence, and leaves what was there',
    async () => {
      const dataDir = join(folder, 'data');
      mkdirSync(dataDir);
      const provider = await providerIn(folder);
      const installationId = newId();
      const key = await databaseKeyIn(dataDir, installationId, provider);
      const database = await databaseIn(dataDir, VAULT_ENTITIES, key);
      const { vault } = testVault(database, dataDir, new SystemClock(), { provider });
      const put = (bytes: number) => vault.put(newId(), Readable.from([randomBytes(bytes)]));
      const order = { dataDir, installationId, provider };

      await put(MIB);
      const earlier = await backUp({ ...order, target: disk });
      await put(8 * MIB);
      await expect(backUp({ ...order, target: disk })).rejects.toThrow(`There is no room left in ${disk}`);
      expect(readdirSync(disk).filter((name) => name.endsWith('.part'))).toEqual([]);
      const found = await findBackup(disk);
      expect(found.folder).toBe(earlier.folder);
      expect(await checkBackup(found, provider)).toEqual({ intact: 1, damaged: [] });

      const target = join(folder, 'backups');
      await backUp({ ...order, target });
      const restored = join(disk, 'restored');
      await expect(restoreBackup(await findBackup(target), provider, { dataDir: restored })).rejects.toThrow(
        `There is no room left in ${restored}`,
      );
      expect(readdirSync(restored)).toEqual([]);
      await database.close();
    },
  );
});
