import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestExamination, GuestMount, SeccompMode, SeenMount } from '../hypervisor-driver.js';
import { capabilityNames } from './capabilities.js';
import { mountOf, parseMounts, type MountPoint } from './mount-table.js';

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'] as const;
export type Namespace = (typeof NAMESPACES)[number];
/** Of the kernel and the engine: a guest without rights changes nothing there that lasts or is seen outside. */
const SYSTEM_PLACES = ['/proc', '/sys', '/dev'];
/** In memory, of this guest alone, and gone with it. */
const SCRATCH = ['/tmp', '/dev/shm'];
const SAFE_FLAGS = ['nosuid', 'nodev', 'noexec'];
const SECCOMP_MODES: readonly SeccompMode[] = ['none', 'strict', 'filter'];

/** What the kernel tells of one process: proc(5), capabilities(7), namespaces(7), seccomp(2). */
export interface KernelView {
  readonly interfaces: readonly string[];
  readonly mounts: readonly MountPoint[];
  /** Real, effective, saved and file-system user. */
  readonly uids: readonly number[];
  /** Inheritable, permitted, effective, bounding and ambient together: a bit for each that is in any of them. */
  readonly capabilities: bigint;
  readonly noNewPrivileges: boolean;
  readonly seccomp: SeccompMode;
  readonly filters: number;
  /** Namespaces that it shares with this process, hence with the host. */
  readonly shared: readonly Namespace[];
}

/** All but what the engine alone can tell. */
export type KernelExamination = Omit<GuestExamination, 'socketFamilies'>;

/** What a guest was promised; everything beyond is a breach. */
export interface Promised {
  readonly uid: number;
  readonly mounts: readonly GuestMount[];
  /** Namespaces that it has for itself. */
  readonly own: readonly Namespace[];
  /** Files of the engine's own for this guest alone, which may be writable where it keeps them. */
  readonly engineFiles?: readonly string[];
  /** A bit for each that it may have; none where absent. */
  readonly capabilities?: bigint;
}

/** Looks at a process of this machine. Needs root. Rejects when it is gone. `proc` is where procfs is. */
export async function viewProcess(pid: number, proc = '/proc'): Promise<KernelView> {
  const of = (...path: string[]) => join(proc, String(pid), ...path);
  const [status, devices, mounts, shared] = await Promise.all([
    readFile(of('status'), 'utf8'),
    readFile(of('net', 'dev'), 'utf8'),
    readFile(of('mountinfo'), 'utf8'),
    Promise.all(
      NAMESPACES.map(async (name) =>
        (await readlink(of('ns', name))) === (await readlink(join(proc, 'self', 'ns', name)))
          ? name
          : undefined,
      ),
    ),
  ]);
  const line = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const number = (name: string) => (line(name) === '' ? NaN : Number(line(name)));
  return {
    interfaces: [...devices.matchAll(/^\s*([^\s:|]+):/gm)].map(([, name = '']) => name),
    mounts: parseMounts(mounts),
    uids: line('Uid').split(/\s+/).map(Number),
    capabilities: ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].reduce(
      // What is not told counts as everything.
      (all, set) => all | BigInt(`0x${line(set) || 'ff'}`),
      0n,
    ),
    noNewPrivileges: number('NoNewPrivs') === 1,
    seccomp: SECCOMP_MODES[number('Seccomp')] ?? 'none',
    filters: number('Seccomp_filters'),
    shared: shared.filter((name) => name !== undefined),
  };
}

/** Pure: what there is to tell of the walls, whatever was promised. */
export function seenOf(view: KernelView): Omit<KernelExamination, 'breaches'> {
  const mounts = placesOf(view.mounts);
  return {
    interfaces: view.interfaces,
    mounts,
    writable: mounts.filter(({ isReadOnly }) => !isReadOnly).map(({ path }) => path),
    capabilities: capabilityNames(view.capabilities),
    seccomp: view.seccomp,
    filters: view.filters,
  };
}

/** Pure: what of the walls does not stand, by the kernel's own words. */
export function judge(view: KernelView, promised: Promised): KernelExamination {
  const foreign = view.interfaces.filter((name) => name !== 'lo');
  const seen = seenOf(view);
  const allowed = [
    ...SCRATCH,
    ...(promised.engineFiles ?? []),
    ...promised.mounts.filter(({ access }) => access === 'read-write').map(({ guestPath }) => guestPath),
  ];
  const surplus = seen.writable.filter((path) => !allowed.includes(path));
  const loose = promised.mounts.filter(({ guestPath, access }) =>
    view.mounts
      .filter(({ path }) => path === guestPath || path.startsWith(`${guestPath}/`))
      .some((mount) => !hasAll(mount, access === 'read' ? [...SAFE_FLAGS, 'ro'] : SAFE_FLAGS)),
  );
  const shared = view.shared.filter((name) => promised.own.includes(name));
  const missing = promised.mounts.filter(
    ({ guestPath }) => mountOf(view.mounts, guestPath)?.path !== guestPath,
  );
  const findings: readonly (readonly [string, boolean])[] = [
    [`it has a network: ${foreign.join(', ')}`, foreign.length > 0],
    [`it can write to ${surplus.join(', ')}`, surplus.length > 0],
    [`${paths(loose)} can be misused`, loose.length > 0],
    [`${paths(missing)} is not where it was to be`, missing.length > 0],
    ['it does not run as the user that it should', view.uids.some((uid) => uid !== promised.uid)],
    ['it has capabilities', (view.capabilities & ~(promised.capabilities ?? 0n)) !== 0n],
    ['it can gain rights', !view.noNewPrivileges],
    ['its system calls are not filtered', view.seccomp !== 'filter' || !(view.filters > 0)],
    [`it shares the host’s ${shared.join(', ')}`, shared.length > 0],
  ];
  return { ...seen, breaches: findings.filter(([, found]) => found).map(([breach]) => breach) };
}

/** Of several mounts at one place only the top one can be reached. */
function placesOf(mounts: readonly MountPoint[]): SeenMount[] {
  const top = new Map(mounts.map((mount) => [mount.path, mount]));
  return [...top.values()]
    .filter(({ path }) => SCRATCH.includes(path) || !SYSTEM_PLACES.some((place) => isWithin(path, place)))
    .map(({ path, options }) => ({
      path,
      isReadOnly: options.has('ro'),
      flags: SAFE_FLAGS.filter((flag) => options.has(flag)),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);
const hasAll = ({ options }: MountPoint, flags: readonly string[]): boolean =>
  flags.every((flag) => options.has(flag));
const paths = (mounts: readonly GuestMount[]): string => mounts.map(({ guestPath }) => guestPath).join(', ');
