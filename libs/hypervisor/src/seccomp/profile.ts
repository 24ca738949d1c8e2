import type { GuestSpec, Isolation } from '../hypervisor-driver.js';
import { SYSCALLS } from './syscalls.js';

/** The form in which Docker, Podman and containerd take a seccomp profile. */
export interface SeccompProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet: number;
  readonly archMap: readonly { architecture: string; subArchitectures: readonly string[] }[];
  readonly syscalls: readonly SeccompRule[];
}

interface SeccompRule {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO' | 'SCMP_ACT_TRACE';
  readonly errnoRet?: number;
  readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[];
}

const EPERM = 1;
const ENOSYS = 38;
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
/** What a guest is promised to have of them at most. */
export const SOCKET_FAMILIES: Readonly<Record<GuestSpec['network'], readonly number[]>> = {
  none: [AF_UNIX],
  loopback: [AF_UNIX, AF_INET, AF_INET6],
};
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET together (sched.h). */
const CLONE_NEW = 0x7e020000;
const TIOCSTI = 0x5412;
/** What gVisor of 2022 calls pselect6; whoever does not know a name passes over it. */
const GVISOR_NAMES = 'pselect';
/**
 * How a call answers ENOSYS. gVisor answers EPERM to everything that is refused, whatever the list says, and no thread
 * would ever be made. A call that is left to a tracer is not done and answers ENOSYS where there is none: seccomp(2). A
 * guest cannot be one, since it has no ptrace.
 */
const notThere = (isolation: Isolation): Pick<SeccompRule, 'action' | 'errnoRet'> =>
  isolation === 'strong' ? { action: 'SCMP_ACT_TRACE' } : { action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS };

/**
 * The system calls of a guest. `none` leaves Unix sockets only: no packet of any kind, no VSOCK to the machine's host,
 * no netlink, no kernel crypto. `loopback` adds INET sockets, which in a guest without interfaces reach 127.0.0.1.
 *
 * Within strong walls the list is the same, in the words of gVisor, which keeps to it itself.
 */
export function seccompProfile(
  network: GuestSpec['network'],
  isolation: Isolation = 'standard',
): SeccompProfile {
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    // One architecture each and none of its 32 bit forms, whose numbers would lead around the rules below.
    archMap: [
      { architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] },
      { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: [] },
    ],
    syscalls: [
      { names: plainNames(isolation), action: 'SCMP_ACT_ALLOW' },
      ...SOCKET_FAMILIES[network].map((family) => ({
        names: ['socket'],
        action: 'SCMP_ACT_ALLOW' as const,
        args: [{ index: 0, value: family, op: 'SCMP_CMP_EQ' }],
      })),
      {
        names: ['socketpair'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: AF_UNIX, op: 'SCMP_CMP_EQ' }],
      },
      // Processes and threads, but no namespaces.
      {
        names: ['clone'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: CLONE_NEW, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
      },
      // Its flags lie in memory, where a filter cannot look. ENOSYS makes the C library fall back to clone.
      { names: ['clone3'], ...notThere(isolation) },
      // TIOCSTI types into somebody else's terminal.
      ...allowIoctlsBut(TIOCSTI),
    ],
  };
}

const plainNames = (isolation: Isolation): string[] =>
  [
    ...new Set(
      [...Object.values(SYSCALLS), isolation === 'strong' ? GVISOR_NAMES : ''].flatMap((names) =>
        names.split(/\s+/).filter((name) => name !== ''),
      ),
    ),
  ].sort();

/**
 * The kernel looks at 32 bits of an ioctl's number, a filter compares 64: “not equal” would let the same number with a
 * high bit set slip by. So for each of the 32 bits there is a rule that allows the numbers which differ there.
 */
function allowIoctlsBut(forbidden: number): SeccompRule[] {
  return Array.from({ length: 32 }, (_, bit) => {
    const mask = 2 ** bit;
    const differs = (forbidden & mask) === 0 ? mask : 0;
    return {
      names: ['ioctl'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 1, value: mask, valueTwo: differs, op: 'SCMP_CMP_MASKED_EQ' }],
    };
  });
}
