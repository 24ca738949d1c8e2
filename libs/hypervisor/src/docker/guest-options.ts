import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { Problem } from '@vitrine/kernel';
import type { GuestSpec } from '../hypervisor-driver.js';

/** Every guest of one installation is found by these; they hold ids only. */
export const LABELS = {
  installation: 'org.vitrine.installation',
  owner: 'org.vitrine.owner',
  role: 'org.vitrine.role',
  /** Hash of what the guest was made with, so that a second `create` knows whether it is the same wish. */
  spec: 'org.vitrine.spec',
} as const;

/** The user inside every guest, and so the owner of whatever a guest writes. */
export const GUEST_UID = 1000;

/** The one device of this host that a guest may have. */
export const KVM_DEVICE = '/dev/kvm';

/** Threads that the kernel in between needs for itself; its memory (some 50 MiB) is within the guest's limit. */
const STRONG_PIDS = 128;

/** A folder as the engine is told to mount it, after the driver has seen to its flags. */
export interface BoundFolder {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly propagation: 'rslave' | 'rprivate';
}

const MIB = 1024 * 1024;
/** 1024 is what an engine gives a guest that says nothing. */
const CPU_SHARES: Readonly<Record<GuestSpec['role'], number>> = { guacd: 2048, viewer: 1024, job: 256 };

/**
 * What a spec asks for, as one value: equal for equal wishes, whatever the order of the keys. How its folders are bound
 * belongs to it: a folder that was mounted meanwhile is bound another way, and the old way leads nowhere.
 */
const specHash = (spec: GuestSpec, folders: readonly BoundFolder[]): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        spec.imageDigest,
        spec.command ?? [],
        spec.network,
        spec.isolation ?? 'standard',
        spec.mounts.map((mount) => [mount.hostPath, mount.guestPath, mount.access]),
        folders.map((folder) => [folder.hostPath, folder.propagation]),
        [spec.limits.cpus, spec.limits.memoryMiB, spec.limits.pids, spec.limits.scratchMiB],
        Object.entries(spec.environment ?? {}).sort(),
        ...(spec.kvm === undefined ? [] : [spec.kvm]),
      ]),
    )
    .digest('hex')
    .slice(0, 32);

/** With what the types of dockerode do not know yet. */
export type GuestOptions = Docker.ContainerCreateOptions & {
  readonly HostConfig: Docker.HostConfig & { readonly CgroupnsMode: 'private' };
};

/**
 * All that the engine is told about a guest. Pure; a golden test reads it back from the engine. `seccomp` is the profile
 * for the spec's network, in the form that the engine wants; `strongRuntime` the name of the runtime for strong walls.
 */
export function guestOptions(
  installationId: string,
  spec: GuestSpec,
  folders: readonly BoundFolder[],
  seccomp: string,
  strongRuntime: string | undefined,
): GuestOptions {
  if (!/^sha256:[0-9a-f]{64}$/.test(spec.imageDigest)) {
    throw new Problem('hypervisor.image-missing', { logContext: { reason: 'not a digest' } });
  }
  const { cpus, scratchMiB } = spec.limits;
  const isStrong = spec.isolation === 'strong';
  const memory = spec.limits.memoryMiB * MIB;
  const pids = spec.limits.pids + (isStrong ? STRONG_PIDS : 0);
  return {
    // By digest: a tag can be moved to another image between its admission and this start.
    Image: spec.imageDigest,
    ...(spec.command && { Cmd: [...spec.command] }),
    // No secrets in here: everything in the guest reads the environment, and `inspect` shows it. HOME is in the scratch.
    Env: [
      'HOME=/tmp/home',
      ...Object.entries(spec.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    ],
    // Not root, so that even without capabilities it owns nothing that belongs to the host's root.
    User: `${GUEST_UID}:${GUEST_UID}`,
    // The same everywhere: a name that tells nothing of the host or the session.
    Hostname: 'viewer',
    Domainname: '',
    WorkingDir: '/tmp',
    // A network namespace of its own with nothing but `lo`. It also keeps the host's resolv.conf and hosts file out,
    // and halves the start, since the engine sets up no endpoint.
    NetworkDisabled: true,
    // Nobody reads its output and nobody types into it; the display is the only way in and out.
    Tty: false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    // An image's health check would run a shell in the guest every few seconds; health is a protocol answer.
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    Labels: {
      [LABELS.installation]: installationId,
      [LABELS.owner]: spec.ownerId,
      [LABELS.role]: spec.role,
      [LABELS.spec]: specHash(spec, folders),
    },
    HostConfig: {
      // The engine's own where a spec asks for nothing else.
      ...(isStrong && strongRuntime !== undefined && { Runtime: strongRuntime }),
      // Says the same as NetworkDisabled to engines that do not know that one (Podman).
      NetworkMode: 'none',
      // What a viewer cannot change it cannot leave behind.
      ReadonlyRootfs: true,
      // Root's powers, piece by piece: none is needed to show a picture.
      CapDrop: ['ALL'],
      CapAdd: [],
      Privileged: false,
      SecurityOpt: [
        // A setuid program in an image gives nothing.
        'no-new-privileges',
        // Our own list of system calls: only Unix sockets, no namespaces, no kernel crypto, no io_uring.
        `seccomp=${seccomp}`,
      ],
      // Shared memory of its own: with the host's or another guest's, pictures could be read.
      IpcMode: 'private',
      // Hides where in the host's tree of control groups the guest is.
      CgroupnsMode: 'private',
      // Host devices: none. A machine may use the processor's own virtualisation, where it was seen to work.
      Devices:
        spec.kvm === undefined
          ? []
          : [{ PathOnHost: spec.kvm, PathInContainer: KVM_DEVICE, CgroupPermissions: 'rw' }],
      // What the kernel tells about the machine and about other processes. Stated, since the defaults differ by engine.
      MaskedPaths: MASKED_PATHS,
      ReadonlyPaths: READONLY_PATHS,
      // The one writable place, gone with the guest. noexec: nothing that came in a record is ever run.
      Tmpfs: { '/tmp': `rw,nosuid,nodev,noexec,size=${scratchMiB}m,mode=1777` },
      // Chromium draws through /dev/shm. Counts towards the memory like all tmpfs.
      ShmSize: scratchMiB * MIB,
      // Flags of the folders are those of the host's mounts: see GuestFolders.
      Mounts: folders.map((folder) => ({
        Type: 'bind',
        Source: folder.hostPath,
        Target: folder.guestPath,
        ReadOnly: false,
        // rslave: what the host mounts below later is seen; what a guest could mount is not.
        BindOptions: { Propagation: folder.propagation },
      })),
      // Memory and swap alike: without swap, health data never lies on a disk in the clear.
      Memory: memory,
      MemorySwap: memory,
      // A viewer that computes for ever takes its share, not the machine.
      NanoCpus: Math.round(cpus * 1e9),
      // Where processors are short, the way of the picture comes first, and what nobody looks at comes last.
      CpuShares: CPU_SHARES[spec.role],
      // A fork bomb stays in its guest.
      PidsLimit: pids,
      // When memory runs out on the host, guests go before the processes that serve everybody.
      OomScoreAdj: 500,
      Ulimits: [
        // Chromium opens many files; endless ones would exhaust the host's table.
        { Name: 'nofile', Soft: 4096, Hard: 4096 },
        // A core dump is a picture of the patient's data, written to a disk.
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      // What a viewer prints is health data; the engine would keep it on disk.
      LogConfig: { Type: 'none', Config: {} },
      // One use: a guest that ended is looked at, then removed, never revived.
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      AutoRemove: false,
      // The image's own launcher is process 1.
      Init: false,
    },
  };
}

const MASKED_PATHS = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  // Kernel keyrings are not namespaced.
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  // Serial numbers of the machine.
  '/sys/devices/virtual/dmi',
  '/sys/firmware',
];

const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
