import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
 * in no file system on a disk. The guests may start before it is known what they will show: `prepare` makes what they
 * need, `attach` shows them a record in the place that was empty. Everything here may be called again, also by a
 * process that did not make the folder and found it half made.
 */
export class ViewerFolder implements FolderPaths {
  /** What the guest is given: a read-only view of `shown`, made beforehand, since somebody waits for the guest. */
  readonly record: string;
  /** Empty, or a read-only sight of `files`. */
  readonly shown: string;
  /** Where the host writes what the guest will see. */
  readonly files: string;
  readonly display: string;
  readonly guacd: string;

  constructor(
    readonly path: string,
    private readonly mounts: HostMounts,
  ) {
    this.record = join(path, 'record');
    this.shown = join(path, 'shown');
    this.files = join(path, 'files');
    this.display = join(path, 'display');
    this.guacd = join(path, 'guacd');
  }

  /** Makes the places of the guests, with an empty record. */
  async prepare(): Promise<void> {
    // Somebody was here before if the folder exists; only then it is worth looking what is mounted.
    const isNew = (await mkdir(this.path, { recursive: true, mode: 0o711 })) !== undefined;
    const mounted = isNew ? new Set<string>() : await this.mounted();
    const memory = async (path: string) => {
      if (!mounted.has(path)) await this.mounts.tmpfs(path, GUEST_PLACE);
    };
    const record = async () => {
      await mkdir(this.shown, { recursive: true, mode: 0o755 });
      if (!mounted.has(this.record)) await this.mounts.view(this.shown, this.record, 'read');
    };
    const made = await Promise.allSettled([record(), memory(this.display), memory(this.guacd)]);
    for (const result of made) if (result.status === 'rejected') throw result.reason;
  }

  /**
   * Makes room for the record and shows it, still empty, to the guests. Those that run already see it only if the
   * folder lies in a place that `HostMounts.share` was called for before they were made; elsewhere this goes before
   * `prepare`.
   */
  async attach(content: RecordContent): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o711 });
    const mounted = await this.mounted();
    // The guest's own, so that nobody else on the machine but root can look into it; it sees it read-only.
    const room = {
      sizeMiB: recordMiB(content),
      inodes: content.files * 2 + 64,
      uid: CONTRACT.uid,
      mode: 0o500,
    };
    if (!mounted.has(this.files)) await this.mounts.tmpfs(this.files, room);
    if (!mounted.has(this.shown)) await this.mounts.expose(this.files, this.shown, 'read');
  }

  /** Forgets what an earlier try has copied. */
  async emptyRecord(): Promise<void> {
    for (const name of await readdir(this.files))
      await rm(join(this.files, name), { recursive: true, force: true });
  }

  /** Writes a file that was made for the guest; `path` is one of ours. */
  async writePage(path: string, bytes: Uint8Array): Promise<void> {
    const target = join(this.files, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await writeFile(target, bytes, { flag: 'wx', mode: 0o444 });
  }

  /** Tells the guest, in one step, that everything that it may show is there. */
  async writeOpen(content: OpenFile): Promise<void> {
    const draft = join(this.files, '.open');
    const file = await open(draft, 'w', 0o444);
    try {
      await file.writeFile(JSON.stringify(content));
    } finally {
      await file.close();
    }
    await rename(draft, join(this.files, CONTRACT.openFile));
  }

  /** True when `writeOpen` was reached. */
  isLaidOut(): Promise<boolean> {
    return stat(join(this.files, CONTRACT.openFile)).then(
      () => true,
      () => false,
    );
  }

  /** Takes everything away; the guests must be gone. No-op when it is not there. */
  async remove(): Promise<void> {
    await this.mounts.release(this.path);
    await rm(this.path, { recursive: true, force: true });
  }

  private async mounted(): Promise<Set<string>> {
    return new Set((await this.mounts.list()).map((mount) => mount.path));
  }
}
