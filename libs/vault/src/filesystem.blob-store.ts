import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isId, newId, Problem } from '@vitrine/kernel';
import type { BlobStore, ByteRange, PendingBlob, StoredBlob, WriteOptions } from './blob-store.js';

const TEMPORARY = /^[0-9a-f]{32}\.part$/;
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Blobs as plain files: `<root>/<patientId>/<blobId>`. A blob is written to a temporary file, which is flushed,
 * renamed and made durable by flushing the folder too; leaving out the last step loses acknowledged files when the
 * power fails.
 */
export class FilesystemBlobStore implements BlobStore {
  /** @param root is made when it is missing and readable by this process only. */
  constructor(private readonly root: string) {}

  async write(
    patientId: string,
    content: AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
  ): Promise<PendingBlob> {
    const folder = await this.folderOf(patientId);
    const temporary = join(folder, `${newId()}.part`);
    const discard = () => unlink(temporary).catch(ignoreMissing);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        for await (const chunk of content) {
          options.signal?.throwIfAborted();
          bytes += chunk.byteLength;
          if (bytes > (options.maximumBytes ?? Number.POSITIVE_INFINITY))
            throw new Problem('vault.quota-exceeded');
          hash.update(chunk);
          await file.writeFile(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await discard();
      throw asProblem(error);
    }
    return {
      sha256: hash.digest('hex'),
      bytes,
      discard,
      commit: async (blobId) => {
        try {
          await rename(temporary, this.pathOf(patientId, blobId));
          await syncFolder(folder);
        } catch (error) {
          await discard();
          throw asProblem(error);
        }
      },
    };
  }

  async read(patientId: string, blobId: string, range?: ByteRange): Promise<Readable> {
    if (range !== undefined && range.end <= range.start)
      throw new RangeError('an empty range cannot be read');
    // A link in the vault can only be somebody's attempt to have another file read.
    const file = await open(this.pathOf(patientId, blobId), constants.O_RDONLY | constants.O_NOFOLLOW).catch(
      missingIsDamage,
    );
    return createReadStream('', {
      fd: file,
      ...(range === undefined ? {} : { start: range.start, end: range.end - 1 }),
    });
  }

  async copyTo(patientId: string, blobId: string, path: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await copyFile(
        this.pathOf(patientId, blobId),
        path,
        constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
      );
    } catch (error) {
      missingIsDamage(error);
    }
  }

  async stat(patientId: string, blobId: string): Promise<{ bytes: number } | undefined> {
    try {
      const found = await lstat(this.pathOf(patientId, blobId));
      return found.isFile() ? { bytes: found.size } : undefined;
    } catch (error) {
      ignoreMissing(error);
      return undefined;
    }
  }

  async remove(patientId: string, blobId: string): Promise<void> {
    await unlink(this.pathOf(patientId, blobId)).catch(ignoreMissing);
  }

  async patients(): Promise<string[]> {
    return (await entries(this.root)).filter((entry) => entry.isDirectory() && isId(entry.name)).map(nameOf);
  }

  async *list(patientId: string): AsyncIterable<StoredBlob> {
    for (const { name } of await entries(join(this.root, checkedId(patientId)))) {
      if (!isId(name)) continue;
      const found = await this.stat(patientId, name);
      if (found !== undefined) yield { blobId: name, bytes: found.bytes };
    }
  }

  async sweep(): Promise<number> {
    let swept = 0;
    for (const patientId of await this.patients()) {
      const folder = join(this.root, patientId);
      for (const { name } of await entries(folder)) {
        if (!TEMPORARY.test(name)) continue;
        await unlink(join(folder, name)).catch(ignoreMissing);
        swept++;
      }
    }
    return swept;
  }

  private async folderOf(patientId: string): Promise<string> {
    const folder = join(this.root, checkedId(patientId));
    try {
      const made = await mkdir(folder, { recursive: true, mode: 0o700 });
      // The new folder is an entry of its parent, which is lost with a power cut unless the parent is flushed.
      if (made !== undefined) await syncFolder(this.root);
    } catch (error) {
      throw asProblem(error);
    }
    return folder;
  }

  private pathOf(patientId: string, blobId: string): string {
    return join(this.root, checkedId(patientId), checkedId(blobId));
  }
}

/** Names from outside never become part of a path: only ids that we made have this form. */
function checkedId(id: string): string {
  if (!isId(id)) throw new TypeError('not an id of the vault');
  return id;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const entries = (folder: string) =>
  readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    ignoreMissing(error);
    return [];
  });

const nameOf = (entry: { readonly name: string }): string => entry.name;
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function missingIsDamage(error: unknown): never {
  const code = codeOf(error);
  throw code === 'ENOENT' || code === 'ELOOP'
    ? new Problem('vault.damaged', { cause: error })
    : asProblem(error);
}

const asProblem = (error: unknown): unknown =>
  NO_ROOM.has(codeOf(error) ?? '') ? new Problem('vault.disk-full', { cause: error }) : error;
