import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { Problem } from '@vitrine/kernel';
import { GUEST_UID } from '../docker/guest-options.js';
import { judge, viewProcess } from '../host/kernel-view.js';
import type { GuestExamination, GuestSpec } from '../hypervisor-driver.js';
import { SHARES } from './machine-guest.js';

/** That of every guest, and QEMU's own. */
const FILTERS = 2;

/**
 * The walls around a machine: those of the guest that it is, and those that QEMU put around itself, by the kernel's words.
 * `pid` is the guest's first process, whose only child is QEMU.
 */
export async function examineMachine(
  around: GuestExamination,
  pid: number,
  { mounts }: GuestSpec,
): Promise<GuestExamination> {
  const look = async () => {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return Promise.all(
      children.trim().split(/\s+/).filter(Boolean).map((child) => viewProcess(Number(child))), // prettier-ignore
    );
  };
  const views = await look().catch((cause: unknown) => {
    throw new Problem('hypervisor.start-failed', { cause });
  });
  const seen = views.map((view) =>
    judge(view, { uid: GUEST_UID, mounts, own: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'] }),
  );
  const filters = Math.min(...seen.map((each) => each.filters));
  const breaches = [
    ...around.breaches,
    ...seen.flatMap((each) => each.breaches),
    ...(seen.length === 1 ? [] : ['it is not one machine']),
    ...(filters >= FILTERS ? [] : ['the machine has no walls of its own']),
  ];
  return { ...around, writable: around.writable.map(asSeen), filters, breaches: [...new Set(breaches)] };
}

/** A shared folder as the machine names it. */
const asSeen = (path: string): string =>
  path.startsWith(`${SHARES['read-write']}/`)
    ? posix.join('/', path.slice(SHARES['read-write'].length))
    : path;
