import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '@vitrine/kernel';

const MIB = 1024 * 1024;
const ZEROS = Buffer.alloc(MIB);
/** As much again as is there is prepared, within these bounds: a pack of one image prepares nothing. */
const LEAST_AHEAD = MIB;
const MOST_AHEAD = 8 * MIB;

/**
 * The file of a pack. Zeros are written ahead of what comes: writing over them changes no size and takes no block, so
 * that the flush does not have to wait for the journal of the file system, in which what all other programs wrote comes
 * first. Where there is no room for them, it goes on without.
 */
export class PackFile {
  /** Everything before it is written and flushed, or zeros. */
  private prepared = 0;
  private preparing: Promise<void> | undefined;
  private hasRoom = true;
  private named: Promise<void>;

  private constructor(
    private readonly plain: FileHandle,
    /** The same file again: what is written by it is flushed when the write returns, in one turn instead of two. */
    private readonly durable: FileHandle,
    folder: string,
  ) {
    // The file's own name has to survive too. Waited for before anything is acknowledged.
    this.named = syncFolder(folder);
    this.named.catch(() => undefined);
  }

  static async create(path: string): Promise<PackFile> {
    const plain = await open(path, 'wx', 0o600);
    const durable = await open(path, constants.O_WRONLY | constants.O_DSYNC | constants.O_NOFOLLOW);
    return new PackFile(plain, durable, dirname(path));
  }

  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    await this.free(position + sizeOf(buffers));
    await writeAll(this.plain, buffers, position);
  }

  /** Resolves when it survives a power cut. */
  async writeDurably(buffers: readonly Buffer[], position: number): Promise<void> {
    const end = position + sizeOf(buffers);
    await this.free(end);
    await writeAll(this.durable, buffers, position);
    await this.named;
    this.prepareBehind(end);
  }

  /** Resolves when everything that was written survives a power cut. */
  async flush(): Promise<void> {
    await Promise.all([this.plain.datasync(), this.named]);
  }

  /** Cuts off what lies behind. */
  async cut(size: number): Promise<void> {
    await this.preparing;
    await this.plain.truncate(size);
    this.prepared = Math.min(this.prepared, size);
  }

  /** @param size what the file has in the end. */
  async close(size: number): Promise<void> {
    try {
      await this.preparing;
      // Readers stop at zeros as at the end, so it does not matter whether this survives.
      if (this.prepared > size) await this.plain.truncate(size);
    } finally {
      await Promise.all([this.plain.close(), this.durable.close()]);
    }
  }

  /** Zeros that are on their way must not come over what is written. */
  private async free(end: number): Promise<void> {
    if (end > this.prepared) await this.preparing;
  }

  private prepareBehind(end: number): void {
    const ahead = Math.min(MOST_AHEAD, end);
    if (this.preparing !== undefined || !this.hasRoom || ahead < LEAST_AHEAD) return;
    if (this.prepared - end > ahead / 2) return;
    this.preparing = this.prepare(Math.max(this.prepared, end), end + ahead)
      .catch(() => {
        this.hasRoom = false;
      })
      .finally(() => {
        this.preparing = undefined;
      });
  }

  private async prepare(from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += MIB)
      await writeAll(this.plain, [ZEROS.subarray(0, Math.min(MIB, to - at))], at);
    await this.plain.datasync();
    this.prepared = to;
  }
}

const sizeOf = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { length }) => sum + length, 0);

async function writeAll(file: FileHandle, buffers: readonly Buffer[], position: number): Promise<void> {
  const { bytesWritten } = await file.writev([...buffers], position);
  // A short write happens when the disk is full to the last block; what is missing then tells why.
  if (bytesWritten < sizeOf(buffers))
    await writeAll(file, [Buffer.concat(buffers).subarray(bytesWritten)], position + bytesWritten);
}
