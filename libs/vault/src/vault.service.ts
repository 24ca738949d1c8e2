import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository, type EntityManager } from 'typeorm';
import { Clock, inLanes, Problem, SETTINGS, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import {
  BLOB_STORE,
  type BlobKeys,
  type BlobRef,
  type BlobStore,
  type ByteRange,
  type SourceFile,
} from './blob-store.js';
import { BlobAdditions } from './blob-additions.js';
import { BlobCheck } from './blob-check.entity.js';
import { BlobIntake, type PreparedFile, type PutOptions, type StoredFile } from './blob-intake.js';
import { isNeeded, unneededBlobs } from './blob-uses.js';
import { Blob } from './blob.entity.js';
import { KeyRing } from './keys/key-ring.js';

/** A blob and what opens it, for a process that may read the vault but knows no key. */
export interface KeyedBlob {
  readonly blobId: string;
  readonly bytes: number;
  readonly version: number;
  /** 32 bytes in base64. */
  readonly key: string;
  /** Its name in the staging folder, where it was brought from elsewhere. */
  readonly staged?: string | undefined;
}

const COPIES_AT_ONCE = 8;

/** The private folder of each patient: original bytes, stored once, kept until nothing needs them. */
@Injectable()
export class VaultService {
  private readonly intake: BlobIntake;

  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore & BlobKeys,
    @InjectRepository(Blob) private readonly blobs: Repository<Blob>,
    private readonly keys: KeyRing,
    private readonly transactor: Transactor,
    clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    const additions = new BlobAdditions(transactor, clock, settings.vault.bytesPerPatient);
    this.intake = new BlobIntake(store, blobs, transactor, additions, (id) => this.roomFor(id));
  }

  /**
   * Stores bytes. When it returns, they survive a power cut. A blob that nothing refers to in the end is removed by
   * `release` or by `sweepUnneeded`.
   */
  async put(
    patientId: string,
    content: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<StoredFile> {
    return this.intake.keep(await this.prepare(patientId, content, options));
  }

  /** The folder of this machine in which what was prepared lies until it is kept. */
  get pendingFolder(): string {
    return this.store.pendingFolder;
  }

  /** As `prepareFile`, for bytes as they come. Chunks may be kept until they are written: nobody writes into them. */
  prepare(
    patientId: string,
    content: AsyncIterable<Uint8Array>,
    options: PutOptions = {},
  ): Promise<PreparedFile> {
    return this.intake.prepare(patientId, options, (name, write) => this.store.write(name, content, write));
  }

  /**
   * The first half of storing a file of our own, such as a finished upload, for one of many that are kept together: the
   * bytes are on the medium, but not in the patient's folder. `keepAll` or `discard` follows; after a crash `sweep`
   * removes them.
   */
  prepareFile(patientId: string, file: SourceFile, options: PutOptions = {}): Promise<PreparedFile> {
    return this.intake.prepare(patientId, options, (name, write) => this.store.writeFile(name, file, write));
  }

  /**
   * The second half: what it answers, in the order of the files, survives a power cut. All of them, or it throws and
   * none of them.
   */
  keepAll(prepared: readonly PreparedFile[]): Promise<StoredFile[]> {
    return this.intake.keepAll(prepared);
  }

  /** What was kept in the meantime, stays. */
  async discard(prepared: readonly PreparedFile[]): Promise<void> {
    await Promise.all(prepared.map(({ pending }) => pending.discard()));
  }

  /** The bytes of a blob of this patient. Another patient's blob is not there. */
  async open(patientId: string, blobId: string, range?: ByteRange): Promise<Readable> {
    const [ref] = await this.refsOf(patientId, [blobId]);
    if (ref === undefined) throw new Problem('delegation.not-visible');
    return this.store.read(ref, range);
  }

  /**
   * Lends blobs to a process of this machine that may read where they lie but knows no key. `use` is called with all of
   * them, or, where the bytes have to be brought from elsewhere, with one after the other as they come, several at once;
   * they lie there until it returns. Another patient's blob is not there. Throws `vault.damaged`.
   */
  async lend(
    patientId: string,
    blobIds: readonly string[],
    signal: AbortSignal,
    use: (objects: readonly KeyedBlob[]) => Promise<void>,
  ): Promise<void> {
    const refs = await this.refsOf(patientId, [...new Set(blobIds)]);
    const keyed = await Promise.all(refs.map((ref) => this.keyed(ref)));
    if (!this.store.isElsewhere) return use(keyed);
    await inLanes(keyed, COPIES_AT_ONCE, async (object) => {
      const copy = await this.store.fetch({ patientId, blobId: object.blobId }, signal);
      try {
        await copy.until(copy.bytes);
        await use([{ ...object, staged: copy.staged }]);
      } finally {
        await copy.release();
      }
    });
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

  /** Forgets those of the blobs that nothing of the patient needs any more, and returns them for `erase`. */
  async forgetUnneeded(
    manager: EntityManager,
    patientId: string,
    blobIds: readonly string[],
  ): Promise<string[]> {
    const unneeded: string[] = [];
    for (const blobId of new Set(blobIds))
      if (!(await isNeeded(manager, patientId, blobId))) unneeded.push(blobId);
    await this.forget(manager, patientId, unneeded);
    return unneeded;
  }

  /** Frees blobs that were stored for something which then failed. */
  async release(patientId: string, blobIds: readonly string[]): Promise<void> {
    const erased = await this.transactor.run((manager) => this.forgetUnneeded(manager, patientId, blobIds));
    await this.erase(patientId, erased);
  }

  /** At start, before anything comes in: removes blobs that nothing needs. Returns how many. */
  async sweepUnneeded(): Promise<number> {
    const rows = await unneededBlobs(this.blobs.manager);
    for (const { id, patientId } of rows) {
      await this.transactor.run((manager) => this.forget(manager, patientId, [id]));
      await this.erase(patientId, [id]);
    }
    return rows.length;
  }

  /** Removes the bytes of forgotten blobs. What it misses when the power fails, the next sweep finds. */
  async erase(patientId: string, blobIds: readonly string[]): Promise<void> {
    for (const blobId of blobIds) await this.store.remove({ patientId, blobId });
  }

  /**
   * Forgets everything of a patient within the caller's transaction and destroys the keys: from the commit on nobody can
   * read the bytes, wherever copies of them lie. `erasePatient` follows it.
   */
  async forgetPatient(manager: EntityManager, patientId: string): Promise<void> {
    await this.keys.destroy(manager, patientId);
    await manager.delete(BlobCheck, { patientId });
    await manager.delete(Blob, { patientId });
  }

  /**
   * Drops the keys of a patient who was forgotten from memory and removes all bytes. What it misses when the power
   * fails, the next sweep finds.
   */
  async erasePatient(patientId: string): Promise<void> {
    this.keys.forget(patientId);
    for await (const { blobId } of this.store.list(patientId)) await this.store.remove({ patientId, blobId });
  }

  /** At start, before anything comes in: removes what writes left behind that never ended. Returns how many. */
  sweepUnfinished(): Promise<number> {
    return this.store.sweep();
  }

  /**
   * Removes bytes that no row names: what was cut off between its bytes and its row, or between the end of its row and
   * that of its bytes. Beside everything else; how long it takes grows with what is stored. Returns how many.
   */
  async sweepUnnamed(signal: AbortSignal): Promise<number> {
    let swept = 0;
    for (const patientId of await this.store.patients()) {
      const there: string[] = [];
      for await (const { blobId } of this.store.list(patientId)) there.push(blobId);
      // In this order: what is there and has no row was begun before the list, and is over before the rows are read, or it
      // is among these.
      const underWay = this.intake.underWay();
      const rows = await this.blobs.find({ select: { id: true }, where: { patientId } });
      const known = new Set(rows.map(idOf));
      for (const blobId of there) {
        signal.throwIfAborted();
        if (known.has(blobId) || underWay.has(blobId)) continue;
        await this.store.remove({ patientId, blobId });
        swept++;
      }
    }
    return swept;
  }

  /**
   * Makes everything of a patient unreadable at once and for ever, wherever copies of the bytes lie, by destroying
   * the keys; then frees the room.
   */
  async shred(patientId: string): Promise<void> {
    await this.transactor.run((manager) => this.forgetPatient(manager, patientId));
    await this.erasePatient(patientId);
  }

  private async keyed(ref: BlobRef & { readonly bytes: number }): Promise<KeyedBlob> {
    const { key, version } = await this.store.keyOf(ref);
    return { blobId: ref.blobId, bytes: ref.bytes, version, key: key.export().toString('base64') };
  }

  /** In the order of the ids. */
  private async refsOf(
    patientId: string,
    blobIds: readonly string[],
  ): Promise<(BlobRef & { readonly bytes: number })[]> {
    const found = new Map<string, Blob>();
    for (const part of chunks([...new Set(blobIds)]))
      for (const blob of await this.blobs.findBy({ id: In(part), patientId })) found.set(blob.id, blob);
    return blobIds.map((blobId) => {
      const blob = found.get(blobId);
      if (blob === undefined) throw new Problem('delegation.not-visible');
      return { patientId, blobId, seal: blob.seal, bytes: blob.bytes };
    });
  }
}

const idOf = (blob: Blob): string => blob.id;

/** SQLite takes a bounded number of parameters in one statement. */
function chunks(ids: readonly string[], size = 500): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += size) parts.push(ids.slice(at, at + size));
  return parts;
}
