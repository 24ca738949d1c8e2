import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostMounts, TmpfsOptions } from '@vitrine/hypervisor';
import { CONTRACT, type FolderPaths, type OpenFile } from './image-contract.js';

const MIB = 1024 * 1024;
// A file takes whole pages, and the file system keeps books.
const SLACK_PER_FILE = 8192;
const SLACK_MIB = 4;

/** What a record will hold. */
export interface RecordContent {
  readonly bytes: number;
  readonly files: number;
}

/** How much memory a record of this content takes, at most. */
export const recordMiB = (content: RecordContent): number =>
  Math.ceil((content.bytes + content.files * SLACK_PER_FILE) / MIB) + SLACK_MIB;

/** The sockets and words of two guests. A guest that fills its place harms only itself. */
const GUEST_PLACE: TmpfsOptions = { sizeMiB: 1, inodes: 64, uid: CONTRACT.uid };

/**
 * The memory folders of one guest pair: what it is shown, its display socket, its guacd's socket. What lies in them is
 * in no file system on a disk. Everything here may be called again, also by a process that did not make the folder and
 * found it half made.
 */
export class ViewerFolder implements FolderPaths {
  readonly record: string;
  readonly display: string;
  readonly guacd: string;

  constructor(
    readonly path: string,
    private readonly mounts: HostMounts,
  ) {
    this.record = join(path, 'record');
    this.display = join(path, 'display');
    this.guacd = join(path, 'guacd');
  }

  /** Mounts all three; the record is sized for `content`. */
  async make(content: RecordContent): Promise<void> {
    // Somebody was here before if the folder exists; only then it is worth looking what is mounted.
    const isNew = (await mkdir(this.path, { recursive: true, mode: 0o711 })) !== undefined;
    const mounted = new Set(isNew ? [] : (await this.mounts.list()).map((mount) => mount.path));
    const memory = async (path: string, options: TmpfsOptions) => {
      if (!mounted.has(path)) await this.mounts.tmpfs(path, options);
    };
    const record = { sizeMiB: recordMiB(content), inodes: content.files * 2 + 64, uid: 0 };
    const made = await Promise.allSettled([
      memory(this.record, record),
      memory(this.display, GUEST_PLACE),
      memory(this.guacd, GUEST_PLACE),
    ]);
    for (const result of made) if (result.status === 'rejected') throw result.reason;
  }

  /** Forgets what an earlier try has copied. */
  async emptyRecord(): Promise<void> {
    for (const name of await readdir(this.record))
      await rm(join(this.record, name), { recursive: true, force: true });
  }

  /** Tells the guest, in one step, that everything that it may show is there. */
  async writeOpen(content: OpenFile): Promise<void> {
    const draft = join(this.record, '.open');
    const file = await open(draft, 'w', 0o444);
    try {
      await file.writeFile(JSON.stringify(content));
    } finally {
      await file.close();
    }
    await rename(draft, join(this.record, CONTRACT.openFile));
  }

  /** True when `writeOpen` was reached. */
  isLaidOut(): Promise<boolean> {
    return stat(join(this.record, CONTRACT.openFile)).then(
      () => true,
      () => false,
    );
  }

  /** Takes everything away; the guests must be gone. No-op when it is not there. */
  async remove(): Promise<void> {
    await this.mounts.release(this.path);
    await rm(this.path, { recursive: true, force: true });
  }
}
