import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { release as kernelRelease } from 'node:os';
import { dirname, join } from 'node:path';
import { newId, Problem } from '@vitrine/kernel';
import { CommandShell } from './command-shell.js';
import { mountOf, parseMounts, type MountPoint } from './mount-table.js';

export interface TmpfsOptions {
  readonly sizeMiB: number;
  /** Files and folders that fit; 4096 unless told. An empty file costs no bytes, so size alone does not bound memory. */
  readonly inodes?: number;
  /** Who may write into it; root unless told. */
  readonly uid?: number;
  /** That of `uid` unless told. */
  readonly gid?: number;
  /** Of the top folder; 0o755 unless told. */
  readonly mode?: number;
}

type Access = 'read' | 'read-write';

/**
 * The mounts of this machine, as far as guests need them. Needs root. Every mount made here is nosuid, nodev, noexec;
 * whoever makes one calls `release`, which is a no-op for what is not mounted.
 */
export abstract class HostMounts {
  /** What is mounted now, in the kernel's order. */
  abstract list(): Promise<readonly MountPoint[]>;

  /** Mounts an empty tmpfs at `path`, which is made if absent. Never swapped to a disk where the kernel can promise it. */
  abstract tmpfs(path: string, options: TmpfsOptions): Promise<void>;

  /**
   * Mounts an empty folder at `path` whose files and names lie sealed in the empty folder `backing`. The key is made for
   * this mount and is nowhere but in the memory of the process that serves it: with the mount goes what was in it. That
   * process lives until `release`, also without its maker; when it dies, the mount stays and answers nothing. Throws
   * `hypervisor.scratch-missing` where gocryptfs is not installed.
   */
  abstract sealed(path: string, backing: string): Promise<void>;

  /**
   * Makes `path` (made if absent) a place whose later mounts reach guests that were started before: a shared mount.
   * A no-op where it is shared already, as on every machine that runs systemd.
   */
  abstract share(path: string): Promise<void>;

  /**
   * Shows `from` at `at`, nosuid, nodev, noexec and, if asked, read-only from its first moment. If `at` lies below a
   * shared place, guests that were started with the then empty `at` see it at once: so a guest can be warm before it
   * is known what it will show.
   */
  abstract expose(from: string, at: string, access: Access): Promise<void>;

  /**
   * A second sight of `from` at `at` with flags of its own, for a guest that is not there yet. What is mounted at
   * `from` later shows here too; unmounting here leaves `from` alone.
   */
  abstract view(from: string, at: string, access: Access): Promise<void>;

  /** Unmounts everything at and below `path`. The folder itself stays. */
  abstract release(path: string): Promise<void>;
}

export interface SystemMountsOptions {
  /** Of the kernel, as `uname -r` says it. */
  readonly kernel?: string;
  /** Called once, where the kernel cannot keep what lies in memory from being swapped to a disk. */
  readonly onSwappable?: () => void;
}

export class SystemMounts extends HostMounts {
  private readonly shell = new CommandShell();
  private noswap = ['noswap'];

  constructor(private readonly options: SystemMountsOptions = {}) {
    super();
  }

  override async list(): Promise<readonly MountPoint[]> {
    return parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  }

  override async tmpfs(path: string, options: TmpfsOptions): Promise<void> {
    await mkdir(path, { recursive: true });
    const fixed = [
      `size=${options.sizeMiB}m`,
      `nr_inodes=${options.inodes ?? 4096}`,
      `uid=${options.uid ?? 0},gid=${options.gid ?? options.uid ?? 0}`,
      `mode=${(options.mode ?? 0o755).toString(8)}`,
      'nosuid,nodev,noexec',
    ];
    const mount = (more: readonly string[]) =>
      this.shell.run('mount -n -t tmpfs -o "$1" vitrine "$2"', [...fixed, ...more].join(','), path);
    try {
      await mount(this.noswap);
    } catch (error) {
      if (this.noswap.length === 0 || knowsNoswap(this.options.kernel ?? kernelRelease())) throw error;
      await mount([]);
      // Another one may have found it out meanwhile.
      if (this.noswap.length > 0) this.options.onSwappable?.();
      this.noswap = [];
    }
  }

  override async sealed(path: string, backing: string): Promise<void> {
    await mkdir(path, { recursive: true });
    await this.shell.run('command -v gocryptfs fusermount').catch((error: unknown) => {
      throw new Problem('hypervisor.scratch-missing', { cause: error });
    });
    // The key goes through a pipe of the shell's own: the arguments of a process can be read by everybody. Its output goes
    // nowhere, since the shell would wait for the end of whoever holds it.
    await this.shell.run(
      `printf %s "$1" | gocryptfs ${SEALED_FLAGS} "$2" "$3" >/dev/null 2>&1`,
      randomBytes(32).toString('hex'),
      backing,
      path,
    );
  }

  override async share(path: string): Promise<void> {
    await mkdir(path, { recursive: true });
    if (mountOf(await this.list(), path)?.propagation === 'shared') return;
    await this.shell.run('mount -n --bind "$1" "$1" && mount -n --make-shared "$1"', path);
  }

  override async view(from: string, at: string, access: Access): Promise<void> {
    await mkdir(at, { recursive: true });
    // A slave: as a peer, the unmounting of the view would take away what was mounted at `from` meanwhile.
    await this.shell.run('mount -n --bind --make-slave -o "$1" "$2" "$3"', flagsOf(access), from, at);
  }

  override async expose(from: string, at: string, access: Access): Promise<void> {
    const staging = join(dirname(at), `.exposing-${newId()}`);
    await Promise.all([mkdir(at, { recursive: true }), mkdir(staging, { recursive: true })]);
    // Flags do not propagate after the fact and a bind takes those of its source, so they are put on a copy that no
    // guest sees before that copy is shown where guests look.
    await this.shell.run(
      'mount -n --bind --make-private -o "$4" "$1" "$2" && mount -n --bind "$2" "$3"; code=$?; ' +
        'umount -n "$2"; rmdir "$2"; exit $code',
      from,
      staging,
      at,
      flagsOf(access),
    );
  }

  override async release(path: string): Promise<void> {
    const below = (mounts: readonly MountPoint[]) =>
      mounts.filter((mount) => mount.path === path || mount.path.startsWith(`${path}/`)).reverse();
    let failure: unknown;
    for (const mount of below(await this.list())) {
      // A guest that is just going away may still hold it: then it leaves the tree now and the memory with the guest.
      await this.shell
        .run('umount -n "$1" || umount -n --lazy "$1"', mount.path)
        .catch((error: unknown) => (failure = error));
    }
    const left = below(await this.list()).length;
    if (left > 0)
      throw new Error(`${left} mounts below a guest folder could not be removed`, { cause: failure });
  }
}

/**
 * Without a configuration file, which would hold the key, wrapped. Names need no salt: they are ours, and the key serves
 * once. `kernel_cache`: nobody else writes below.
 */
const SEALED_FLAGS =
  '-q -nosyslog -masterkey=stdin -deterministic-names -allow_other -kernel_cache -nosuid -nodev -noexec -fsname vitrine';

const flagsOf = (access: Access): string => `nosuid,nodev,noexec${access === 'read' ? ',ro' : ''}`;

/** Since 6.4 (tmpfs(5)). To older kernels it is a mistake, unless their distribution has added it. */
function knowsNoswap(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 4);
}
