import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CANARY, filesWith } from '../testing/canary.js';
import { bytesOf } from '../testing/bytes-of.js';
import { openVaultIn } from '../testing/vault-folder.js';

jest.setTimeout(300_000);

const CHILD = resolve(import.meta.dirname, '../testing/put-until-killed.ts');
const DISK_BYTES = 1024 ** 3;
const SNAPSHOTS = 4;
const quiet = { stdio: 'pipe' } as const;

/** A disk of its own in a file, whose state at any moment is what a power cut would leave. */
function diskIn(folder: string): string | undefined {
  const image = join(folder, 'disk.img');
  try {
    const file = openSync(image, 'w');
    ftruncateSync(file, DISK_BYTES);
    closeSync(file);
    execFileSync('mkfs.ext4', ['-q', image], quiet);
    mkdirSync(join(folder, 'disk'));
    execFileSync('mount', ['-o', 'loop', image, join(folder, 'disk')], quiet);
    return image;
  } catch (error) {
    process.stderr.write(`Power cuts are not tested: no loop device can be mounted (${String(error)}).\n`);
    return undefined;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'vitrine-power-'));
const image = diskIn(folder);

if (image === undefined) rmSync(folder, { recursive: true });

(image === undefined ? describe.skip : describe)('A vault whose power fails while it stores', () => {
  let child: ChildProcess;
  let said = '';
  const acknowledged = () => said.split('\n').slice(0, -1);
  const until = async (files: number) => {
    const deadline = Date.now() + 120_000;
    while (acknowledged().length < files) {
      if (Date.now() > deadline) throw new Error('nothing is stored any more');
      await new Promise((done) => setTimeout(done, 5));
    }
  };

  beforeAll(() => {
    const args = ['--import', '@swc-node/register/esm-register', CHILD, join(folder, 'disk')];
    child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  });
  afterAll(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    }
    execFileSync('umount', ['-l', join(folder, 'disk')]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('has lost no acknowledged file, shows no half one, and has no plain byte on the disk', async () => {
    for (let turn = 1; turn <= SNAPSHOTS; turn++) {
      await until(turn * 12);
      expect(child.exitCode).toBeNull();
      // Held only so that the copy is of one moment; what is not on the disk yet stays off it.
      child.kill('SIGSTOP');
      await new Promise((done) => setTimeout(done, 50));
      const promised = acknowledged();
      const snapshot = join(folder, 'snapshot.img');
      execFileSync('cp', ['--sparse=always', image ?? '', snapshot]);
      child.kill('SIGCONT');
      await check(snapshot, promised);
      rmSync(snapshot);
    }
  });

  const check = async (snapshot: string, promised: readonly string[]) => {
    const found = execFileSync('sh', ['-c', `grep -a -c '${CANARY.trim()}' ${snapshot} || true`]);
    expect(found.toString().trim()).toBe('0');
    const mounted = join(folder, 'after');
    mkdirSync(mounted, { recursive: true });
    execFileSync('mount', ['-o', 'loop', snapshot, mounted]);
    try {
      expect(filesWith(CANARY, join(mounted, 'data'))).toEqual([]);
      const { vault, store, close } = await openVaultIn(mounted);
      await vault.sweep();
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
    } finally {
      execFileSync('umount', ['-l', mounted]);
    }
  };
});
