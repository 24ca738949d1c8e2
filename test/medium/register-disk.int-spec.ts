import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildTestMachine, QEMU_IMAGE } from '@vitrine/hypervisor/testing';
import { docker } from './image-guest.js';

/** Disks as somebody might bring them who wants more than to be looked at; made by QEMU's own program. */
const MAKE = `
qemu-img create -q -f qcow2 good.qcow2 64M
qemu-img create -q -f qcow2 -o compat=0.10 old.qcow2 64M
qemu-img create -q -f raw raw.qcow2 1M
qemu-img create -q -f qcow2 -u -b /etc/passwd -F raw backing.qcow2 1M
qemu-img create -q -f qcow2 -o data_file=/tmp/hostile/other.raw,data_file_raw=on external.qcow2 1M
qemu-img create -q -f qcow2 huge.qcow2 512T
qemu-img create -q -f qcow2 snapshot.qcow2 1M && qemu-img snapshot -c one snapshot.qcow2
`;

let folder: string;
let into: string;
const disk = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-disks-'));
  chmodSync(folder, 0o777);
  into = join(folder, 'machines');
  mkdirSync(into);
  writeFileSync(join(folder, 'viewer.yaml'), 'id: old\n');
  // Makes the image of QEMU on the way.
  await buildTestMachine(join(folder, 'built'));
  const words = ['--network', 'none', '--volume', `${folder}:/tmp/hostile`, '--workdir', '/tmp/hostile'];
  docker('run', '--rm', ...words, '--entrypoint', 'sh', QEMU_IMAGE, '-ec', MAKE);
  patched('encrypted.qcow2', (head) => head.writeUInt32BE(1, 32));
  patched('dirty.qcow2', (head) => head.writeUInt32BE(1, 76));
  patched('unknown.qcow2', (head) => head.writeUInt32BE(1 << 9, 76));
  patched('extension.qcow2', (head) => head.writeUInt32BE(0x44415441, 112));
  patched('endless.qcow2', (head) => head.writeUInt32BE(0x7fffffff, 116));
  patched('damaged.qcow2', (head) => head.writeBigUInt64BE(1n << 40n, 48));
  writeFileSync(disk('short.qcow2'), readFileSync(disk('good.qcow2')).subarray(0, 80));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of the good one with something changed in its first cluster. */
function patched(name: string, change: (head: Buffer) => void): void {
  copyFileSync(disk('good.qcow2'), disk(name));
  const content = readFileSync(disk(name));
  change(content);
  writeFileSync(disk(name), content);
}

function register(name: string): { code: number | null; said: string } {
  const words = [disk(name), '--name=old', `--manifest=${join(folder, 'viewer.yaml')}`, `--into=${into}`];
  const done = spawnSync('node', ['vm-images/machines.mjs', 'register', ...words], { encoding: 'utf8' });
  return { code: done.status, said: done.stdout + done.stderr };
}

describe('a disk that an operator registers', () => {
  it.each(['good.qcow2', 'old.qcow2'])('is copied and named by what it is: %s', (name) => {
    const { code, said } = register(name);
    expect(said).toMatch(/old: is registered as sha256:[0-9a-f]{64}/);
    expect(code).toBe(0);
    const hash = /sha256:([0-9a-f]{64})/.exec(said)?.[1] ?? '';
    expect(readdirSync(join(into, hash)).sort()).toEqual(['disk.qcow2', 'machine.json']);
    const description = readFileSync(join(into, hash, 'machine.json'));
    expect(sha256(description)).toBe(hash);
    expect(JSON.parse(description.toString())).toEqual({
      version: 1,
      name: 'old',
      files: { 'disk.qcow2': sha256(readFileSync(disk(name))) },
      labels: {
        'org.vitrine.contract': '1',
        'org.vitrine.manifest': Buffer.from('id: old\n').toString('base64'),
      },
    });
  });

  it.each([
    ['raw.qcow2', 'it is no qcow2 file'],
    ['short.qcow2', 'its header is cut off'],
    ['backing.qcow2', 'it leans on another file (backing file)'],
    ['external.qcow2', 'its data lies in another file'],
    ['huge.qcow2', 'it claims to hold 524288 GiB'],
    ['snapshot.qcow2', 'it holds snapshots'],
    ['encrypted.qcow2', 'it is encrypted'],
    ['dirty.qcow2', 'it was not closed properly or is damaged'],
    ['unknown.qcow2', 'it uses features that are not known'],
    ['extension.qcow2', 'its header says more than a disk needs (0x44415441)'],
    ['endless.qcow2', 'its header has no end'],
    ['damaged.qcow2', 'qemu-img finds it damaged'],
  ])('is refused when it is %s, since %s, and nothing of it stays', (name, why) => {
    const before = readdirSync(into).sort();
    const { code, said } = register(name);
    expect(said).toContain('This disk cannot be registered: ');
    expect(said).toContain(why);
    expect(code).toBe(1);
    expect(readdirSync(into).sort()).toEqual(before);
  });

  it('is asked for when there is none', () => {
    expect(register('nowhere.qcow2').said).toContain('There is no file');
    expect(existsSync(disk('nowhere.qcow2'))).toBe(false);
  });
});

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
