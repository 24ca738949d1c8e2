import { lstat, rename, unlink } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { syncFolder } from '@vitrine/kernel';
import { codeOf } from './backup-failed.js';
import type { ListedBlob } from './blob-list.js';
import { bytesOf, makeFolder, openPlain, writeDurably, type Written } from './durable.js';

/**
 * The stored files of all backups of one target, each once, sealed as they lie in the vault, under the SHA-256 of their
 * sealed bytes. So no later copy can take the place of what an earlier backup names.
 */
export class BackupBlobs {
  private readonly touched = new Set<string>();

  constructor(private readonly root: string) {}

  pathOf(sha256: string): string {
    return join(this.root, sha256.slice(0, 2), sha256);
  }

  async has({ sha256, bytes }: Pick<ListedBlob, 'sha256' | 'bytes'>): Promise<boolean> {
    if (sha256 === null) return false;
    const found = await lstat(this.pathOf(sha256)).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
      return undefined;
    });
    return found?.isFile() === true && found.size === bytes;
  }

  /**
   * Copies the content by way of the new file `part`, which must be on the same disk. Throws what `content` throws and
   * leaves nothing then.
   */
  async add(part: string, content: AsyncIterable<Uint8Array>): Promise<Written> {
    try {
      const written = await writeDurably(part, content);
      const path = this.pathOf(written.sha256);
      const folder = dirname(path);
      if (await this.has(written)) await unlink(part);
      else {
        await makeFolder(folder);
        await rename(part, path);
      }
      this.touched.add(folder);
      return written;
    } catch (error) {
      await unlink(part).catch(() => undefined);
      throw error;
    }
  }

  /** After it, everything that was added survives a power cut. */
  async flush(): Promise<void> {
    for (const folder of this.touched) await syncFolder(folder);
    this.touched.clear();
  }

  /** Reads the whole file. False when it is not there or not what was copied. */
  async isIntact({ sha256 }: { readonly sha256: string }): Promise<boolean> {
    const hash = createHash('sha256');
    try {
      for await (const chunk of bytesOf(await openPlain(this.pathOf(sha256)))) hash.update(chunk);
    } catch (error) {
      if (isUnreadable(error)) return false;
      throw error;
    }
    return hash.digest('hex') === sha256;
  }
}

/** Not there, a link, or a disk that cannot read it any more: the file is lost, whatever the reason. */
export const isUnreadable = (error: unknown): boolean =>
  ['ENOENT', 'ELOOP', 'EIO'].includes(codeOf(error) ?? '');
