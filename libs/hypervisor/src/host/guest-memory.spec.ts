import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { memoryGroupOf, readMemory, type KernelPlaces } from './guest-memory.js';

const ID = 'ab'.repeat(32);

describe('the memory of a guest', () => {
  let root: string;
  let places: KernelPlaces;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'memory-'));
    places = { proc: join(root, 'proc'), groups: join(root, 'groups') };
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is read where control groups are of the first version, without files that could be dropped', async () => {
    write('proc/7/cgroup', `5:cpu,cpuacct:/docker/x\n4:memory:/docker/${ID}\n0::/\n`);
    write(`groups/memory/docker/${ID}/memory.usage_in_bytes`, '1000\n');
    write(`groups/memory/docker/${ID}/memory.max_usage_in_bytes`, '5000\n');
    write(
      `groups/memory/docker/${ID}/memory.stat`,
      'inactive_file 1\ntotal_inactive_file 300\ntotal_rss 9\n',
    );
    expect(await readMemory(await memoryGroupOf(7, ID, places))).toEqual({ used: 700, peak: 5000 });
  });

  it.each([
    ['/docker/', ''],
    ['/system.slice/docker-', '.scope'],
    ['/machine.slice/libpod-', '.scope/container'],
  ])('is read where they are of the second, below %s', async (before, after) => {
    write('proc/7/cgroup', `0::${before}${ID}${after}\n`);
    const folder = `groups${before}${ID}${after.replace('/container', '')}`;
    write(`${folder}/memory.current`, '1000\n');
    write(`${folder}/memory.peak`, '2000\n');
    write(`${folder}/memory.stat`, 'anon 9\ninactive_file 400\n');
    expect(await readMemory(await memoryGroupOf(7, ID, places))).toEqual({ used: 600, peak: 2000 });
  });

  it('is not that of another process, nor that of everybody', async () => {
    write('proc/7/cgroup', `0::/docker/${'cd'.repeat(32)}\n`);
    write('proc/8/cgroup', '0::/\n');
    write('proc/9/cgroup', `0::/../${ID}\n`);
    for (const pid of [7, 8, 9, 10]) await expect(memoryGroupOf(pid, ID, places)).rejects.toThrow();
  });

  it('is not known where the kernel keeps no peak', async () => {
    write('proc/7/cgroup', `0::/docker/${ID}\n`);
    write(`groups/docker/${ID}/memory.current`, '1000\n');
    write(`groups/docker/${ID}/memory.stat`, 'inactive_file 400\n');
    const group = await memoryGroupOf(7, ID, places);
    await expect(readMemory(group)).rejects.toThrow();
    write(`groups/docker/${ID}/memory.peak`, 'max\n');
    await expect(readMemory(group)).rejects.toThrow('does not count');
  });
});
