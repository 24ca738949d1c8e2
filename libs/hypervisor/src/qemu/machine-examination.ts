import { readdir, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Problem } from '@vitrine/kernel';
import { GUEST_UID } from '../docker/guest-options.js';
import { judge, viewProcess } from '../host/kernel-view.js';
import type { GuestExamination, GuestSpec } from '../hypervisor-driver.js';
import { SHARES, type Accelerator } from './machine-guest.js';

/** That of every guest, and QEMU's own. */
const FILTERS = 2;

/**
 * The walls around a machine: those of the guest that it is, and those that QEMU put around itself, by the kernel's words.
 * `pid` is the guest's first process; its only child is QEMU, or for a moment what makes the CD besides, which has the
 * walls of every guest.
 */
export async function examineMachine(
  around: GuestExamination,
  pid: number,
  { mounts }: GuestSpec,
): Promise<GuestExamination> {
  const children = await look(pid, mounts).catch((cause: unknown) => {
    throw new Problem('hypervisor.start-failed', { cause });
  });
  const seen = children.filter((child) => child !== undefined);
  if (seen.length === 0 && children.length > 0)
    throw new Problem('hypervisor.start-failed', { logContext: { reason: 'the machine has ended' } });
  const [machine, ...others] = seen.sort((a, b) => b.filters - a.filters);
  const isOne =
    machine !== undefined && others.every(({ filters }) => filters < FILTERS) && others.length < 2;
  const breaches = [
    ...around.breaches,
    ...seen.flatMap((each) => each.breaches),
    ...(isOne ? [] : ['it is not one machine']),
    ...(machine && machine.filters < FILTERS ? ['the machine has no walls of its own'] : []),
  ];
  return {
    ...around,
    mounts: around.mounts.map((mount) => ({ ...mount, path: asSeen(mount.path) })),
    writable: around.writable.map(asSeen),
    seccomp: machine?.seccomp ?? 'none',
    filters: machine?.filters ?? 0,
    accelerator: machine?.accelerator ?? 'tcg',
    breaches: [...new Set(breaches)],
  };
}

/** What the kernel says of each child of the guest's first process; undefined for one that has ended. */
async function look(pid: number, mounts: GuestSpec['mounts']) {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Promise.all(
    children
      .trim()
      .split(/\s+/)
      .filter(Boolean)
      .map((child) =>
        viewChild(child, mounts).catch(async (error: unknown) => {
          if (await hasEnded(child)) return undefined;
          throw error;
        }),
      ),
  );
}

async function viewChild(child: string, mounts: GuestSpec['mounts']) {
  const view = await viewProcess(Number(child));
  const examination = judge(view, {
    uid: GUEST_UID,
    mounts,
    own: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'],
  });
  return { ...examination, accelerator: await acceleratorOf(child) };
}

/** What made the CD stays in the list of processes, without any place in the system, until it is waited for. */
async function hasEnded(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // proc(5): the state comes after the name, which may hold anything, also a parenthesis.
  return stat === undefined || /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
}

/** A process whose machine runs on the processor has that open, and the kernel calls it so. */
async function acceleratorOf(pid: string): Promise<Accelerator> {
  const folder = `/proc/${pid}/fd`;
  const open = await Promise.all(
    // One may be closed between the two looks.
    (await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => '')),
  );
  return open.includes('anon_inode:kvm-vm') ? 'kvm' : 'tcg';
}

/** A shared folder as the machine names it. */
function asSeen(path: string): string {
  const share = Object.values(SHARES).find((place) => path.startsWith(`${place}/`));
  return share === undefined ? path : posix.join('/', path.slice(share.length));
}
