import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { isId, newId, Problem, syncFolder } from '@vitrine/kernel';
import type { Ballast } from '@vitrine/persistence';
import type {
  BlobName,
  BlobRef,
  BlobStore,
  ByteRange,
  PendingBlob,
  SourceFile,
  StoredBlob,
  WriteOptions,
} from './blob-store.js';
import { checkedId } from './checked-id.js';
import { asProblem, ignoreMissing, missingIsDamage } from './damage.js';
import { SharedRuns } from './shared-runs.js';
import type { LocalCopy, NewObject, SealedObjects } from './sealed-objects.js';
import { contentOf } from './source-file.js';

const TEMPORARY = /^[0-9a-f]{32}\.part$/;
/** In the root, and so on the same file system as all folders of patients. */
const PENDING = 'pending';

/**
 * Blobs as files: `<root>/<patientId>/<blobId>`, as they come. A blob is written to a temporary file,
 * `<root>/pending/<id>.part`, which is flushed, renamed and made durable by flushing the patient's folder too; leaving
 * out the last step loses acknowledged files when the power fails.
 */
export class FilesystemBlobStore implements BlobStore, SealedObjects {
  readonly isElsewhere = false;
  /** One flush of a folder is for all files that came into it before. */
  private readonly flushes = new SharedRuns(syncFolder);
  readonly pendingFolder: string;
  /** Folders that are there, as long as this process lives: nobody else removes them. */
  private readonly folders = new Map<string, Promise<string>>();

  /**
   * @param root is made when it is missing and readable by this process only.
   * @param ballast is left alone: nothing is taken in where only its room is left.
   */
  constructor(
    private readonly root: string,
    private readonly ballast?: Ballast,
  ) {
    this.pendingFolder = join(root, PENDING);
  }

  async create(name: BlobName): Promise<NewObject> {
    await this.ballast?.requireRoom();
    const target = this.pathOf(name);
    const path = join(await this.folderOf(PENDING), `${newId()}.part`);
    const file = await open(path, 'wx+', 0o600).catch((error: unknown) => {
      // Somebody may have removed the folder after all; the next try makes it again.
      this.folders.delete(PENDING);
      throw asProblem(error);
    });
    let isOver = false;
    const discard = async () => {
      if (isOver) return;
      isOver = true;
      await file.close();
      await unlink(path).catch(ignoreMissing);
    };
    const commit = async () => {
      if (isOver) return;
      isOver = true;
      try {
        await file.close();
        const folder = await this.folderOf(checkedId(name.patientId));
        await rename(path, target);
        await this.flushes.run(folder);
      } catch (error) {
        // Somebody may have removed the folder after all.
        this.folders.delete(name.patientId);
        await unlink(path).catch(ignoreMissing);
        throw asProblem(error);
      }
    };
    return { file, path, commit, discard };
  }

  async write(
    name: BlobName,
    content: AsyncIterable<Uint8Array>,
    { maximumBytes = Number.POSITIVE_INFINITY, signal }: WriteOptions,
  ): Promise<PendingBlob> {
    const { file, path, commit, discard } = await this.create(name);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of content) {
        signal?.throwIfAborted();
        bytes += chunk.byteLength;
        if (bytes > maximumBytes) throw new Problem('vault.quota-exceeded');
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      await file.sync();
      await file.close();
    } catch (error) {
      await discard();
      throw asProblem(error);
    }
    return { digest: hash.digest('hex'), bytes, seal: null, source: { path }, commit, discard };
  }

  writeFile(name: BlobName, source: SourceFile, options: WriteOptions): Promise<PendingBlob> {
    return this.write(name, contentOf(source), options);
  }

  async open(name: BlobName): Promise<FileHandle> {
    return open(this.pathOf(name), constants.O_RDONLY | constants.O_NOFOLLOW).catch(missingIsDamage);
  }

  /** The file itself: nothing has to come, and nothing goes. */
  async fetch(name: BlobName): Promise<LocalCopy> {
    const found = await this.stat(name);
    if (found === undefined) throw new Problem('vault.damaged');
    const nothing = () => Promise.resolve();
    return { path: this.pathOf(name), bytes: found.bytes, until: nothing, release: nothing };
  }

  async read(ref: BlobRef, range?: ByteRange): Promise<Readable> {
    if (range !== undefined && range.end <= range.start)
      throw new RangeError('an empty range cannot be read');
    return createReadStream('', {
      fd: await this.open(ref),
      ...(range === undefined ? {} : { start: range.start, end: range.end - 1 }),
    });
  }

  async stat(name: BlobName): Promise<{ bytes: number } | undefined> {
    try {
      const found = await lstat(this.pathOf(name));
      return found.isFile() ? { bytes: found.size } : undefined;
    } catch (error) {
      ignoreMissing(error);
      return undefined;
    }
  }

  async remove(name: BlobName): Promise<void> {
    await unlink(this.pathOf(name)).catch(ignoreMissing);
  }

  async patients(): Promise<string[]> {
    return (await entries(this.root)).filter((entry) => entry.isDirectory() && isId(entry.name)).map(nameOf);
  }

  async *list(patientId: string): AsyncIterable<StoredBlob> {
    for (const { name: blobId } of await entries(join(this.root, checkedId(patientId)))) {
      if (!isId(blobId)) continue;
      const found = await this.stat({ patientId, blobId });
      if (found !== undefined) yield { blobId, bytes: found.bytes };
    }
  }

  async sweep(): Promise<number> {
    let swept = 0;
    // Older versions wrote beside the blobs.
    for (const folder of [PENDING, ...(await this.patients())])
      for (const { name } of await entries(join(this.root, folder))) {
        if (!TEMPORARY.test(name)) continue;
        await unlink(join(this.root, folder, name)).catch(ignoreMissing);
        swept++;
      }
    return swept;
  }

  /** Made when it is missing. Asked for each blob, looked after once. */
  private folderOf(name: string): Promise<string> {
    const known = this.folders.get(name);
    if (known !== undefined) return known;
    const made = this.makeFolder(name);
    this.folders.set(name, made);
    made.catch(() => this.folders.delete(name));
    return made;
  }

  private async makeFolder(name: string): Promise<string> {
    const folder = join(this.root, name);
    try {
      const made = await mkdir(folder, { recursive: true, mode: 0o700 });
      // The new folder is an entry of its parent, which is lost with a power cut unless the parent is flushed.
      if (made !== undefined) await syncFolder(this.root);
    } catch (error) {
      throw asProblem(error);
    }
    return folder;
  }

  private pathOf({ patientId, blobId }: BlobName): string {
    return join(this.root, checkedId(patientId), checkedId(blobId));
  }
}

const entries = (folder: string) =>
  readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    ignoreMissing(error);
    return [];
  });

const nameOf = (entry: { readonly name: string }): string => entry.name;
