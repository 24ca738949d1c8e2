import { existsSync } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  collectResults,
  readGuestWord,
  type Collection,
  type HostMounts,
  type TmpfsOptions,
} from '@vitrine/hypervisor';
import { Problem, type WebUser } from '@vitrine/kernel';
import { CONTRACT, type ArrivingFile, type FolderPaths, type OpenFile } from './image-contract.js';
import { namesIn } from './names-in.js';
import { RESULT_BOUNDS, RESULT_RULES, RESULTS } from './results.js';
import { VIEWER_WORDS, type ViewerWord } from './session-host.js';

const MIB = 1024 * 1024;
// A file takes whole pages, and the file system keeps books.
const SLACK_PER_FILE = 8192;
const SLACK_MIB = 4;
/** What serves files that lie sealed on the disk. It took 16 MiB while 512 MiB were written. */
const SCRATCH_MIB = 64;
/** Sealed files are larger by a 126th; and a disk must not be filled to the brim. */
const SCRATCH_SHARE = 1.01;
const SCRATCH_LEFT_BYTES = 256 * MIB;

/** statfs(2) */
const TMPFS_MAGIC = 0x0102_1994;

/** What a record will hold. */
export interface RecordContent {
  readonly bytes: number;
  readonly files: number;
  /** It is more than should lie in memory: it goes sealed to the disk. */
  readonly scratch?: boolean;
}

/** How much memory a record of this content takes, at most. */
export const recordMiB = (content: RecordContent): number =>
  content.scratch
    ? SCRATCH_MIB
    : Math.ceil((content.bytes + content.files * SLACK_PER_FILE) / MIB) + SLACK_MIB;

/** The sockets and words of two guests. A guest that fills its place harms only itself. */
const GUEST_PLACE: TmpfsOptions = { sizeMiB: 1, inodes: 64, uid: CONTRACT.uid };

/** One socket, made by the gateway: nobody else may make anything there, and only the guest may enter. */
const EGRESS_PLACE: TmpfsOptions = { sizeMiB: 1, inodes: 8, gid: CONTRACT.uid, mode: 0o2710 };

/** The guest's own, so that nobody else on the machine but root can look into it; it sees it read-only. */
const GUESTS_ALONE = { uid: CONTRACT.uid, mode: 0o500 };

/**
 * The memory folders of one guest pair: what it is shown, its display socket, its guacd's socket. What lies in them is
 * in no file system on a disk, or sealed there with a key that is only in memory. The guests may start before it is known what they will show: `prepare` makes what they
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
  readonly results: string;
  /** Where the gateway listens for what the guest wants from outside; mounted only where that is allowed. */
  readonly egress: string;

  constructor(
    readonly path: string,
    private readonly mounts: HostMounts,
    /** Where files that are too large for memory lie sealed. */
    private readonly scratch?: string,
  ) {
    this.record = join(path, 'record');
    this.shown = join(path, 'shown');
    this.files = join(path, 'files');
    this.display = join(path, 'display');
    this.guacd = join(path, 'guacd');
    this.results = join(path, 'results');
    this.egress = join(path, CONTRACT.egressFolder);
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

  /** Makes the place where the viewer may leave results. To be called before the guest is made. */
  async prepareResults(): Promise<void> {
    if ((await this.mounted()).has(this.results)) return;
    const { sizeMiB, inodes } = RESULTS;
    await this.mounts.tmpfs(this.results, { sizeMiB, inodes, uid: CONTRACT.uid, mode: 0o700 });
  }

  /**
   * What the viewer left; undefined where it has no such place, or none any more: what is only a folder on a disk is none.
   * The guest must be gone.
   */
  async collectResults(): Promise<Collection | undefined> {
    if (!(await this.mounted()).has(this.results)) return undefined;
    return collectResults(this.results, RESULT_RULES, RESULT_BOUNDS);
  }

  /** Something lies there now, whatever it is. */
  async hasResults(): Promise<boolean> {
    return (await namesIn(this.results)).length > 0;
  }

  /** What the viewer says of itself. */
  word(): Promise<ViewerWord | undefined> {
    return readGuestWord(join(this.display, CONTRACT.statusFile), VIEWER_WORDS);
  }

  /**
   * Makes room for the record and shows it, still empty, to the guests. Those that run already see it only if the
   * folder lies in a place that `HostMounts.share` was called for before they were made; elsewhere this goes before
   * `prepare`.
   */
  async attach(content: RecordContent): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o711 });
    const mounted = await this.mounted();
    const room = {
      ...GUESTS_ALONE,
      sizeMiB: recordMiB(content),
      inodes: content.files * 2 + 64,
    };
    if (!mounted.has(this.files))
      if (content.scratch && this.scratch) await this.seal(this.scratch, content.bytes);
      else await this.mounts.tmpfs(this.files, room);
    if (!mounted.has(this.shown)) await this.mounts.expose(this.files, this.shown, 'read');
  }

  /** What lies in `files`, which is mounted; nothing where that is not in memory. */
  async bytesInMemory(): Promise<number> {
    // It may just be taken away.
    const seen = await statfs(this.files).catch(() => undefined);
    return seen?.type === TMPFS_MAGIC ? (seen.blocks - seen.bfree) * seen.bsize : 0;
  }

  /** Makes the place where the gateway, which runs as `web`, will listen for the guest. */
  async prepareEgress(web: WebUser | undefined): Promise<void> {
    if ((await this.mounted()).has(this.egress)) return;
    await this.mounts.tmpfs(this.egress, { ...EGRESS_PLACE, uid: web?.uid ?? 0 });
  }

  /** Forgets what an earlier try has copied. */
  private async emptyRecord(): Promise<void> {
    for (const name of await readdir(this.files))
      await rm(join(this.files, name), { recursive: true, force: true });
  }

  /** Writes a file that was made for the guest; `path` is one of ours. */
  async writePage(path: string, bytes: Uint8Array): Promise<void> {
    const target = join(this.files, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await writeFile(target, bytes, { flag: 'wx', mode: 0o444 });
  }

  /** Takes single files back out; no-op for those that are not there, which usually is all of them. */
  async discard(paths: readonly string[]): Promise<void> {
    const there = new Set<string>();
    for (const folder of new Set(paths.map((path) => dirname(path))))
      for (const name of await namesIn(join(this.files, folder))) there.add(join(folder, name));
    for (const path of paths) if (there.has(path)) await rm(join(this.files, path), { force: true });
  }

  /** Throws `vault.disk-full` where so many more bytes would fill the disk. Memory has its own bound. */
  async requireRoom(bytes: number): Promise<void> {
    if (this.scratch && existsSync(this.scratch)) await requireRoom(this.scratch, bytes);
  }

  /**
   * How many parts of what is coming lie there whole; what an earlier try has copied of something else is forgotten.
   */
  async resume(coming: ArrivingFile): Promise<number> {
    const told = await this.arriving();
    const isSame = JSON.stringify({ ...told, arrived: 0 }) === JSON.stringify(coming);
    if (told && isSame && told.arrived > 0) return told.arrived;
    await this.emptyRecord();
    return 0;
  }

  /** Tells the guest, in one step, which parts are there and what will come. */
  writeArriving(content: ArrivingFile): Promise<void> {
    return this.tell(CONTRACT.arrivingFile, content);
  }

  /** What `writeArriving` told last; undefined when that was never reached. */
  private async arriving(): Promise<ArrivingFile | undefined> {
    try {
      return JSON.parse(await readFile(join(this.files, CONTRACT.arrivingFile), 'utf8')) as ArrivingFile;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Tells the guest, in one step, that everything that it may show is there. */
  writeOpen(content: OpenFile): Promise<void> {
    return this.tell(CONTRACT.openFile, content);
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
    if (this.scratch) await rm(this.scratch, { recursive: true, force: true });
  }

  private async seal(scratch: string, bytes: number): Promise<void> {
    // What lies there is of a mount that is gone, and nobody has its key any more.
    await rm(scratch, { recursive: true, force: true });
    await mkdir(dirname(scratch), { recursive: true, mode: 0o700 });
    await requireRoom(dirname(scratch), bytes);
    // Owner and mode are those of the folder that the guest will see.
    await mkdir(scratch, { mode: GUESTS_ALONE.mode });
    if (process.getuid?.() === 0) await chown(scratch, GUESTS_ALONE.uid, GUESTS_ALONE.uid);
    await this.mounts.sealed(this.files, scratch);
  }

  /** When the process is gone that served sealed files, so are the files. */
  private async buryDead(): Promise<void> {
    // Asked of who serves them: attributes may still be known here.
    const dead = await statfs(this.files).then(
      () => false,
      (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOTCONN',
    );
    if (!dead) return;
    await this.mounts.release(this.shown);
    await this.mounts.release(this.files);
  }

  /** The guest reads at any moment: whole or not at all. */
  private async tell(name: string, content: object): Promise<void> {
    const draft = join(this.files, `.${name}`);
    const file = await open(draft, 'w', 0o444);
    try {
      await file.writeFile(JSON.stringify(content));
    } finally {
      await file.close();
    }
    await rename(draft, join(this.files, name));
  }

  private async mounted(): Promise<Set<string>> {
    await this.buryDead();
    return new Set((await this.mounts.list()).map((mount) => mount.path));
  }
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes * SCRATCH_SHARE + SCRATCH_LEFT_BYTES) throw new Problem('vault.disk-full');
}
