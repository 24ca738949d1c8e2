import type { ContainerInspectInfo } from 'dockerode';
import type { BuildSpec } from '../workshop.js';
import { LABELS, type BoundFolder, type GuestOptions } from './guest-options.js';
import { isEmpty } from './walls.js';

const MIB = 1024 * 1024;

/** What dpkg and apt need to own, replace and hand over files, and to download as a user without rights; no more. */
export const BUILD_CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETGID', 'SETUID'] as const;
/** The same as the kernel counts them: capabilities(7). */
export const BUILD_CAPABILITY_BITS = 0b1101_1011n;

/** In memory, so that nothing of it gets into the image: downloads, lists, logs, the home with its history. */
const LEFTOVERS = ['/tmp', '/var/tmp', '/var/cache/apt', '/var/lib/apt/lists', '/var/log'] as const;
const OPEN_TO_ALL = ['/tmp', '/var/tmp'];

export const DESK = '/mnt';

/** All that the engine is told about a guest in which software is installed. Pure. */
export function buildOptions(
  installationId: string,
  spec: BuildSpec,
  folders: readonly BoundFolder[],
  network: string,
): GuestOptions {
  const { cpus, memoryMiB, pids, scratchMiB } = spec.limits;
  return {
    Image: spec.imageDigest,
    // Not the viewer's own launcher: a display and a terminal. Run by the image's Python, since the folder is noexec.
    Entrypoint: ['/usr/bin/python3', '-I', `${DESK}/desk.py`],
    Cmd: [],
    Env: ['HOME=/tmp/home'],
    // Root of this guest alone: dpkg works as nobody else.
    User: '0:0',
    Hostname: 'studio',
    Domainname: '',
    WorkingDir: '/tmp',
    Tty: false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    Labels: {
      [LABELS.installation]: installationId,
      [LABELS.owner]: spec.ownerId,
      [LABELS.role]: 'build',
    },
    HostConfig: {
      // A bridge of its own: no other guest is on it.
      NetworkMode: network,
      // What is installed has to go somewhere.
      ReadonlyRootfs: false,
      CapDrop: ['ALL'],
      CapAdd: [...BUILD_CAPABILITIES],
      Privileged: false,
      // Says nothing of seccomp, so that the engine's own profile holds: dpkg needs more than a viewer, not everything.
      SecurityOpt: ['no-new-privileges'],
      IpcMode: 'private',
      CgroupnsMode: 'private',
      Devices: [],
      // Programs of packages are run from /tmp while they are set up.
      Tmpfs: Object.fromEntries(
        LEFTOVERS.map((path) => {
          const isOpen = OPEN_TO_ALL.includes(path);
          return [
            path,
            `rw,nosuid,nodev,${isOpen ? 'exec' : 'noexec'},size=${scratchMiB}m,mode=${isOpen ? '1777' : '755'}`,
          ];
        }),
      ),
      ShmSize: scratchMiB * MIB,
      Mounts: folders.map(({ hostPath, guestPath, propagation }) => ({
        Type: 'bind',
        Source: hostPath,
        Target: guestPath,
        ReadOnly: false,
        BindOptions: { Propagation: propagation },
      })),
      Memory: memoryMiB * MIB,
      MemorySwap: memoryMiB * MIB,
      NanoCpus: Math.round(cpus * 1e9),
      // Who looks at a record comes first.
      CpuShares: 512,
      PidsLimit: pids,
      OomScoreAdj: 500,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      AutoRemove: false,
      Init: false,
    },
  };
}

/** The folders that a build sees, and how. */
export const buildMounts = ({ samplesPath, displayPath, deskPath }: BuildSpec) =>
  [
    { hostPath: samplesPath, guestPath: '/record', access: 'read' },
    { hostPath: displayPath, guestPath: '/run/display', access: 'read-write' },
    { hostPath: deskPath, guestPath: DESK, access: 'read' },
  ] as const;

/** What the engine does not confirm of the walls around a build, in plain words. */
export function buildBreachesOf(
  { HostConfig: host, Config: config }: ContainerInspectInfo,
  network: string,
): string[] {
  const security = (host.SecurityOpt ?? []) as readonly string[];
  const added = (host.CapAdd ?? []) as readonly string[];
  const known: readonly string[] = BUILD_CAPABILITIES.flatMap((name) => [name, `CAP_${name}`]);
  const mounts = (host.Mounts ?? []).map(({ Target }) => Target).sort();
  const walls: readonly (readonly [string, boolean])[] = [
    ['it is on another network', host.NetworkMode === network],
    ['it is privileged', host.Privileged !== true],
    ['it has more capabilities than a package needs', added.every((name) => known.includes(name))],
    ['it can gain rights', security.some((option) => option.startsWith('no-new-privileges'))],
    ['its system calls are not filtered', !security.some((option) => option.startsWith('seccomp='))],
    ['it sees other folders', mounts.join() === ['/mnt', '/record', '/run/display'].join()],
    ['it has other binds', isEmpty(host.Binds)],
    ['it has devices', isEmpty(host.Devices)],
    ['its memory is not limited', (host.Memory ?? 0) > 0],
    ['it is not a build', config.Labels[LABELS.role] === 'build'],
  ];
  return walls.filter(([, stands]) => !stands).map(([breach]) => breach);
}
