import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '@vitrine/kernel';

const MIB = 1024 ** 2;

/** What is kept free for the database when content has filled the disk; on a small disk, no more than this share. */
const LARGEST_BYTES = 64 * MIB;
const SHARE_OF_DISK = 1 / 16;
/** Slices of the whole. Whoever still pours content in gets no more than one before the disk is full again. */
const SLICES = 16;

/** A look at the disk holds so long: a store request asks for each of its images, and looking costs as much as opening one. */
const LOOK_MS = 50;

/** What the log and the index of the database take at least. */
const START_BYTES = 256 * 1024;

/** The name of the ballast in the data root. */
export const BALLAST_FILE = 'ballast';

/** How it stands about the room on the data root's disk. Bytes. */
export interface DiskRoom {
  /** What content may still take: all that is free, without what the ballast lacks. */
  readonly forContent: number;
  /** What has been given up of the ballast, or was never laid. */
  readonly ballastMissing: number;
  /** How large the ballast is on this disk, when it is laid. */
  readonly ballastBytes: number;
}

/**
 * A file of really allocated bytes in the data root. On a disk that is full to the last byte nothing can be deleted
 * either, since a delete is a commit, and a commit takes room. Then a slice of the ballast is given up for it.
 * Content never gets any of it: whoever stores files asks `requireRoom` first.
 */
export class Ballast {
  private readonly path: string;
  private look: { readonly at: number; readonly room: Promise<DiskRoom> } | undefined;

  constructor(private readonly dataDir: string) {
    this.path = join(dataDir, BALLAST_FILE);
  }

  async room(): Promise<DiskRoom> {
    const [{ bavail, bsize, blocks }, laid] = await Promise.all([statfs(this.dataDir), this.laid()]);
    const ballastBytes = Math.min(LARGEST_BYTES, Math.floor(blocks * bsize * SHARE_OF_DISK));
    const ballastMissing = Math.max(0, ballastBytes - laid);
    return { forContent: Math.max(0, bavail * bsize - ballastMissing), ballastMissing, ballastBytes };
  }

  /** Throws `vault.disk-full` where so much content has no room, or had none a moment ago. */
  async requireRoom(bytes = 1): Promise<void> {
    const now = performance.now();
    if (this.look === undefined || now - this.look.at > LOOK_MS) this.look = { at: now, room: this.room() };
    if ((await this.look.room).forContent < bytes) throw new Problem('vault.disk-full');
  }

  /** Before the database is opened, whose log and index have to be made. */
  async makeRoomToStart(): Promise<void> {
    const { bavail, bsize } = await statfs(this.dataDir);
    if (bavail * bsize < START_BYTES) await this.release();
  }

  /** Gives one slice up; false where nothing is left of it. */
  async release(): Promise<boolean> {
    const [laid, { ballastBytes }] = await Promise.all([this.laid(), this.room()]);
    if (laid === 0) return false;
    const file = await open(this.path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      await file.truncate(Math.max(0, laid - Math.ceil(ballastBytes / SLICES)));
      // Blocks can be taken again once the file system has committed that they are free.
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  }

  /**
   * Lays what is missing, as long as there is a slice of room more than it takes. Not flushed: after a power cut it is
   * laid again.
   */
  async lay(signal?: AbortSignal): Promise<void> {
    const { forContent, ballastMissing, ballastBytes } = await this.room();
    if (ballastMissing === 0 || forContent < ballastBytes / SLICES) return;
    // Zeros would take no room on a file system that compresses.
    const bytes = randomBytes(MIB);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
    const file = await open(this.path, flags, 0o600);
    try {
      for (let left = ballastMissing; left > 0 && signal?.aborted !== true; left -= bytes.length)
        await file.appendFile(bytes.subarray(0, Math.min(left, bytes.length)));
    } catch (error) {
      // Somebody else was quicker to take the room. What is laid counts.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await file.close();
    }
  }

  private async laid(): Promise<number> {
    const found = await stat(this.path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return undefined;
    });
    return found?.size ?? 0;
  }
}
