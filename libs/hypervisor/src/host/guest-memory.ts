import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestMemory } from '../hypervisor-driver.js';

/** What the two versions of control groups call the same: cgroups(7), memory.stat of the kernel's documentation. */
const FILES = {
  v1: {
    used: 'memory.usage_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    inactive: /^total_inactive_file (\d+)$/m,
  },
  v2: { used: 'memory.current', peak: 'memory.peak', inactive: /^inactive_file (\d+)$/m },
};

/** Where the kernel counts the memory of a guest. */
export interface MemoryGroup {
  readonly version: keyof typeof FILES;
  readonly folder: string;
}

/** Where procfs and the control groups are. */
export interface KernelPlaces {
  readonly proc: string;
  readonly groups: string;
}

const KERNEL: KernelPlaces = { proc: '/proc', groups: '/sys/fs/cgroup' };

/**
 * The group of a guest, by its first process. Every engine names it by the guest's id, so that a process which got the
 * number of one that is gone is not taken for it. Rejects where there is none.
 */
export async function memoryGroupOf(pid: number, guestId: string, places = KERNEL): Promise<MemoryGroup> {
  const text = await readFile(join(places.proc, String(pid), 'cgroup'), 'utf8');
  const ofMemory = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(text)?.[1];
  const path = ofMemory ?? /^0::(.*)$/m.exec(text)?.[1] ?? '';
  const version = ofMemory === undefined ? 'v2' : 'v1';
  // A guest may have groups of its own below: the whole of it counts.
  const [own] = new RegExp(`^.*${guestId}[^/]*`).exec(path) ?? [];
  if (own === undefined || own.includes('/../')) throw new Error('it is in no group of its own');
  return { version, folder: join(places.groups, version === 'v1' ? 'memory' : '', own) };
}

/** What the kernel counts now. Rejects where the group is gone, or where this kernel keeps no such count. */
export async function readMemory({ version, folder }: MemoryGroup): Promise<GuestMemory> {
  const { used, peak, inactive } = FILES[version];
  const [usedText, peakText, stat] = await Promise.all(
    [used, peak, 'memory.stat'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  const numbers = [usedText, peakText, inactive.exec(stat ?? '')?.[1]].map((text) =>
    text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : NaN,
  );
  const [usedBytes = NaN, peakBytes = NaN, inactiveBytes = NaN] = numbers;
  if (numbers.some(Number.isNaN)) throw new Error('the kernel does not count it');
  return { used: Math.max(0, usedBytes - inactiveBytes), peak: peakBytes };
}
