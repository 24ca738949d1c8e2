import { createReadStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import { Clock, newId, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { BLOB_STORE, type BlobStore, type ByteRange, type PendingBlob } from './blob-store.js';
import { Blob } from './blob.entity.js';

/** What `put` answers: the blob that now holds these bytes. */
export interface StoredFile {
  readonly blobId: string;
  readonly sha256: string;
  readonly bytes: number;
  /** True when the patient's folder held the same bytes already; nothing was stored twice. */
  readonly known: boolean;
}

/** One file of a layout: which blob, and where below the target folder it appears. */
export interface LayoutFile {
  readonly blobId: string;
  /** Relative, of neutral names of our own: lower case letters, digits, dot and hyphen. */
  readonly path: string;
}

const NEUTRAL_PATH = /^([a-z0-9][a-z0-9.-]*\/)*[a-z0-9][a-z0-9.-]*$/;
const COPIES_AT_ONCE = 8;

/** The private folder of each patient: original bytes, stored once, kept until nothing needs them. */
@Injectable()
export class VaultService {
  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    @InjectRepository(Blob) private readonly blobs: Repository<Blob>,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Stores bytes. When it returns, they survive a power cut. A blob that nothing refers to in the end is removed by
   * `release` or by `sweepUnreferenced`.
   */
  async put(
    patientId: string,
    content: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<StoredFile> {
    const pending = await this.store.write(patientId, content, {
      maximumBytes: await this.roomFor(patientId),
      ...(signal === undefined ? {} : { signal }),
    });
    let known: Blob | null = null;
    try {
      known = await this.blobs.findOneBy({ patientId, sha256: pending.sha256 });
      if (known === null) return await this.add(patientId, pending);
    } finally {
      if (known !== null) await pending.discard();
    }
    return { blobId: known.id, sha256: known.sha256, bytes: known.bytes, known: true };
  }

  /** Stores the bytes of a file of our own, for example of a finished upload. */
  async putFile(patientId: string, path: string, signal?: AbortSignal): Promise<StoredFile> {
    return this.put(patientId, createReadStream(path, { highWaterMark: 1024 * 1024 }), signal);
  }

  /** The bytes of a blob of this patient. Another patient's blob is not there. */
  async open(patientId: string, blobId: string, range?: ByteRange): Promise<Readable> {
    await this.require(patientId, [blobId]);
    return this.store.read(patientId, blobId, range);
  }

  /**
   * Copies blobs of one patient into a folder that the caller made and owns, readable for everyone who can reach the
   * folder. Checks before it copies that every blob is this patient's. On failure what was copied stays: the caller
   * throws the folder away.
   */
  async layOut(
    patientId: string,
    files: readonly LayoutFile[],
    targetFolder: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (const { path } of files)
      if (!NEUTRAL_PATH.test(path) || path.includes('..')) throw new TypeError('not a neutral path');
    const blobs = await this.require(patientId, files.map(blobIdOf));
    for (const folder of new Set(files.map(({ path }) => dirname(path))))
      if (folder !== '.') await mkdir(join(targetFolder, folder), { recursive: true, mode: 0o755 });
    const left = [...files];
    const copyOneByOne = async () => {
      for (let file = left.pop(); file !== undefined; file = left.pop()) {
        const target = join(targetFolder, file.path);
        await this.store.copyTo(patientId, file.blobId, target, signal);
        await chmod(target, 0o444);
        const stored = await this.store.stat(patientId, file.blobId);
        if (stored?.bytes !== blobs.get(file.blobId)?.bytes) throw new Problem('vault.damaged');
      }
    };
    await Promise.all(Array.from({ length: COPIES_AT_ONCE }, copyOneByOne));
  }

  /** Bytes that a patient's folder holds. */
  async usage(patientId: string): Promise<number> {
    return (await this.blobs.sum('bytes', { patientId })) ?? 0;
  }

  /** Bytes that still fit into the patient's folder. */
  async roomFor(patientId: string): Promise<number> {
    return Math.max(0, this.settings.vault.bytesPerPatient - (await this.usage(patientId)));
  }

  /** Those of the ids that are blobs of this patient. */
  async existing(
    manager: EntityManager,
    patientId: string,
    blobIds: readonly string[],
  ): Promise<Set<string>> {
    const found = new Set<string>();
    for (const part of chunks([...new Set(blobIds)]))
      for (const { id } of await manager.find(Blob, {
        select: { id: true },
        where: { id: In(part), patientId },
      }))
        found.add(id);
    return found;
  }

  /** Forgets blobs within the caller's transaction. After it, and only then, `erase` frees their room. */
  async forget(manager: EntityManager, patientId: string, blobIds: readonly string[]): Promise<void> {
    for (const part of chunks(blobIds)) await manager.delete(Blob, { id: In(part), patientId });
  }

  /** Removes the bytes of forgotten blobs. What it misses when the power fails, the next sweep finds. */
  async erase(patientId: string, blobIds: readonly string[]): Promise<void> {
    for (const blobId of blobIds) await this.store.remove(patientId, blobId);
  }

  /**
   * Forgets everything of a patient within the caller's transaction. What a store keeps for a patient besides blobs,
   * keys above all, goes here too: from the commit on nobody can read the bytes. `erasePatient` follows it.
   */
  async forgetPatient(manager: EntityManager, patientId: string): Promise<void> {
    await manager.delete(Blob, { patientId });
  }

  /** Removes all bytes of a patient who was forgotten. What it misses when the power fails, the next sweep finds. */
  async erasePatient(patientId: string): Promise<void> {
    for await (const { blobId } of this.store.list(patientId)) await this.store.remove(patientId, blobId);
  }

  /** At start: removes unfinished writes and files that the database does not know. Returns how many. */
  async sweep(): Promise<number> {
    let swept = await this.store.sweep();
    for (const patientId of await this.store.patients()) {
      const known = new Set(
        (await this.blobs.find({ select: { id: true }, where: { patientId } })).map(idOf),
      );
      for await (const { blobId } of this.store.list(patientId)) {
        if (known.has(blobId)) continue;
        await this.store.remove(patientId, blobId);
        swept++;
      }
    }
    return swept;
  }

  /** The file first and the row second: a row never names bytes that are not there. */
  private async add(patientId: string, pending: PendingBlob): Promise<StoredFile> {
    const { sha256, bytes } = pending;
    const blobId = newId();
    await pending.commit(blobId);
    try {
      return await this.transactor.run(async (manager) => {
        // The same bytes may have come in by another request in the meantime.
        const twin = await manager.findOneBy(Blob, { patientId, sha256 });
        if (twin === null) {
          await manager.insert(Blob, {
            id: blobId,
            patientId,
            sha256,
            bytes,
            createdAt: this.clock.instant(),
          });
          return { blobId, sha256, bytes, known: false };
        }
        await this.store.remove(patientId, blobId);
        return { blobId: twin.id, sha256, bytes, known: true };
      });
    } catch (error) {
      await this.store.remove(patientId, blobId);
      throw error;
    }
  }

  private async require(patientId: string, blobIds: readonly string[]): Promise<Map<string, Blob>> {
    const found = new Map<string, Blob>();
    for (const part of chunks([...new Set(blobIds)]))
      for (const blob of await this.blobs.findBy({ id: In(part), patientId })) found.set(blob.id, blob);
    if (blobIds.some((id) => !found.has(id))) throw new Problem('delegation.not-visible');
    return found;
  }
}

const idOf = (blob: Blob): string => blob.id;
const blobIdOf = (file: LayoutFile): string => file.blobId;

/** SQLite takes a bounded number of parameters in one statement. */
function chunks(ids: readonly string[], size = 500): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += size) parts.push(ids.slice(at, at + size));
  return parts;
}
