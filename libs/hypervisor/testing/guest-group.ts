import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the kernel holds a guest to, and what it has had: cgroups(7), in both versions. */
export interface GuestGroup {
  /** Processors that it may use at once. */
  readonly cpus: number;
  /** What it used of them, in nanoseconds, and how many periods its part was measured out for, of `periodNs` each. */
  readonly used: number;
  readonly periods: number;
  readonly periodNs: number;
  /** Processes and threads. */
  readonly pids: { readonly most: number; readonly now: number; readonly refused: number };
}

/** Reads the control group of the process `pid` of this machine. Throws where it has none of its own. */
export function readGuestGroup(pid: number): GuestGroup {
  const text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  const isFirst = /^\d+:(?:[^:\n]*,)?memory[,:]/m.test(text);
  const file = (controller: string, name: string): string => {
    const own = isFirst ? `^\\d+:(?:[^:\\n]*,)?${controller}(?:,[^:\\n]*)?:(.+)$` : '^0::(.+)$';
    const path = new RegExp(own, 'm').exec(text)?.[1];
    if (path === undefined || path === '/') throw new Error(`it is in no group of its own: ${text}`);
    return readFileSync(join('/sys/fs/cgroup', isFirst ? controller : '', path, name), 'utf8').trim();
  };
  const [quota, period] = isFirst
    ? [file('cpu', 'cpu.cfs_quota_us'), file('cpu', 'cpu.cfs_period_us')]
    : file('cpu', 'cpu.max').split(' ');
  const number = (name: string, value: string): number =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(value)?.[1] ?? NaN);
  const stat = file('cpu', 'cpu.stat');
  return {
    cpus: Number(quota) / Number(period),
    used: isFirst ? Number(file('cpuacct', 'cpuacct.usage')) : number('usage_usec', stat) * 1000,
    periods: number('nr_periods', stat),
    periodNs: Number(period) * 1000,
    pids: {
      most: Number(file('pids', 'pids.max')),
      now: Number(file('pids', 'pids.current')),
      refused: number('max', file('pids', 'pids.events')),
    },
  };
}
