import { readdir, readFile } from 'node:fs/promises';
import type { ContainerInspectInfo } from 'dockerode';
import { judge, viewProcess, type KernelExamination, type Namespace } from '../host/kernel-view.js';
import type { GuestExamination, GuestSpec } from '../hypervisor-driver.js';
import { SOCKET_FAMILIES } from '../seccomp/profile.js';
import { familyName } from '../seccomp/socket-families.js';
import { confirmedFamilies } from './confirmed-profile.js';
import { GUEST_UID } from './guest-options.js';
import { breachesOf } from './walls.js';

/** Who runs the kernel that stands in between (gVisor's Sentry): nobody. */
const SENTRY_UID = 65_534;
/** Who opens files for it (gVisor's Gofer): root, inside the guest's own tree and with only what files need. */
const GOFER_UID = 0;
/** CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID and SYS_CHROOT: capabilities(7). */
const GOFER_CAPABILITIES = 0x4_001fn;
const EVERY_CAPABILITY = (1n << 64n) - 1n;
/** The Sentry shows it read-only like everything around it; the Gofer sees it as the engine made it. */
const ENGINE_FILES = ['/etc/hostname'];
const OWN: readonly Namespace[] = ['ipc', 'mnt', 'net', 'uts'];

/**
 * A look at a guest that runs, by what the engine made and by what the kernel enforces on its processes. Rejects when
 * they end meanwhile.
 */
export async function examineGuest(made: ContainerInspectInfo, spec: GuestSpec): Promise<GuestExamination> {
  const seen = await (spec.isolation === 'strong' ? lookAtSandbox : lookAtContainer)(made.State.Pid, spec);
  const walls = breachesOf(made, { mayHaveKvm: spec.kvm !== undefined });
  const socketFamilies = await confirmedFamilies(made);
  const surplus = beyond(socketFamilies, spec);
  const sockets =
    surplus.length === 0 ? [] : [`it can open sockets that it should not: ${surplus.join(', ')}`];
  return { ...seen, socketFamilies, breaches: [...new Set([...walls, ...seen.breaches, ...sockets])] };
}

const beyond = (families: readonly string[], { network }: GuestSpec): string[] => {
  const promised = SOCKET_FAMILIES[network].map(familyName);
  return families.filter((family) => !promised.includes(family));
};

async function lookAtContainer(pid: number, { mounts }: GuestSpec): Promise<KernelExamination> {
  return judge(await viewProcess(pid), { uid: GUEST_UID, mounts, own: [...OWN, 'cgroup', 'pid'] });
}

/**
 * The guest's processes exist only in the Sentry, which this machine's kernel sees as one process without any file. All
 * files come from the Gofer beside it; what that one cannot write to, the guest cannot.
 */
async function lookAtSandbox(pid: number, { mounts }: GuestSpec): Promise<KernelExamination> {
  const [sentry, ...gofers] = await Promise.all([
    viewProcess(pid),
    ...(await siblings(pid)).map((each) => viewProcess(each)),
  ]);
  const walls = judge(sentry, {
    uid: SENTRY_UID,
    mounts: [],
    own: [...OWN, 'user'],
    // They hold in its own user namespace, where nothing of this machine is.
    capabilities: EVERY_CAPABILITY,
  });
  const files = gofers.map((gofer) =>
    judge(gofer, {
      uid: GOFER_UID,
      mounts,
      engineFiles: ENGINE_FILES,
      own: OWN,
      capabilities: GOFER_CAPABILITIES,
    }),
  );
  return {
    interfaces: walls.interfaces,
    mounts: files.flatMap((each) => each.mounts),
    writable: [...new Set(files.flatMap(({ writable }) => writable))]
      .filter((path) => !ENGINE_FILES.includes(path))
      .sort(),
    capabilities: [...new Set(files.flatMap(({ capabilities }) => capabilities))],
    // One that lacks it is a breach, whichever of them it is.
    seccomp: [walls, ...files].find(({ seccomp }) => seccomp !== 'filter')?.seccomp ?? 'filter',
    filters: Math.min(...[walls, ...files].map(({ filters }) => filters)),
    breaches: [
      ...walls.breaches,
      ...files.flatMap(({ breaches }) => breaches),
      ...(files.length === 1 ? [] : ['its files do not come from one place']),
    ],
  };
}

/** The other children of its parent: proc(5). */
async function siblings(pid: number): Promise<number[]> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const parent = /^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? '';
  const tasks = await readdir(`/proc/${parent}/task`);
  const children = await Promise.all(
    // A thread of the engine may end while it is read.
    tasks.map((task) => readFile(`/proc/${parent}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return children
    .flatMap((line) => line.trim().split(/\s+/))
    .filter((word) => word !== '')
    .map(Number)
    .filter((child) => child !== pid);
}
