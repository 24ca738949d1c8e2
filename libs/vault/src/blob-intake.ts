import { In, type Repository } from 'typeorm';
import { newId } from '@vitrine/kernel';
import type { Transactor } from '@vitrine/persistence';
import type { BlobName, BlobStore, PendingBlob, WriteOptions } from './blob-store.js';
import type { BlobAdditions } from './blob-additions.js';
import { BlobCheck } from './blob-check.entity.js';
import { Blob } from './blob.entity.js';
import type { Partition } from './keys/partition.js';

/** The blob that now holds the bytes of a file. */
export interface StoredFile {
  readonly blobId: string;
  readonly bytes: number;
  /** True when the patient's folder held the same bytes already; nothing was stored twice. */
  readonly known: boolean;
}

export interface PutOptions {
  /** Which part of the record it belongs to; `medical` when nothing is said. */
  readonly partition?: Partition;
  readonly signal?: AbortSignal;
}

/** A file whose bytes are on the medium, but not in the patient's folder yet. */
export interface PreparedFile {
  readonly name: BlobName;
  readonly partition: Partition;
  readonly pending: PendingBlob;
}

/** The way of new bytes into the folder of a patient: many files at a time, for which each flush is one. */
export class BlobIntake {
  /** Of patients for whom something is being written. */
  private readonly rooms = new Map<string, { readonly room: Promise<number>; users: number }>();
  /** Blobs whose bytes may lie in a patient's folder while no row names them yet. */
  private readonly unnamed = new Set<string>();

  constructor(
    private readonly store: BlobStore,
    private readonly blobs: Repository<Blob>,
    private readonly transactor: Transactor,
    private readonly additions: BlobAdditions,
    private readonly roomFor: (patientId: string) => Promise<number>,
  ) {}

  async prepare(
    patientId: string,
    { partition = 'medical', signal }: PutOptions,
    write: (name: BlobName, options: WriteOptions) => Promise<PendingBlob>,
  ): Promise<PreparedFile> {
    const name = { patientId, blobId: newId() };
    const pending = await this.withRoom(patientId, (maximumBytes) =>
      write(name, { partition, maximumBytes, ...(signal === undefined ? {} : { signal }) }),
    );
    return { name, partition, pending };
  }

  async keep(prepared: PreparedFile): Promise<StoredFile> {
    const [stored] = await this.keepAll([prepared]);
    if (stored === undefined) throw new Error('one for each');
    return stored;
  }

  /** Blobs whose bytes may be there before their row is: as they are at this moment. */
  underWay(): ReadonlySet<string> {
    return new Set(this.unnamed);
  }

  /** In the order of the files, all of them or none. */
  async keepAll(prepared: readonly PreparedFile[]): Promise<StoredFile[]> {
    const known = new Map<string, Blob>();
    const stored = new Map<PreparedFile, StoredFile>();
    const fresh: PreparedFile[] = [];
    const open = new Set(prepared);
    try {
      for (const blob of await this.withDigests(prepared)) known.set(placeOf(blob.patientId, blob), blob);
      for (const file of prepared) {
        const there = known.get(placeOf(file.name.patientId, file.pending));
        if (there === undefined) fresh.push(file);
        else {
          const isDamaged = await this.isDamaged(there);
          open.delete(file);
          if (isDamaged) await this.heal(there, file);
          else await file.pending.discard();
          stored.set(file, { blobId: there.id, bytes: there.bytes, known: true });
        }
      }
      for (const file of fresh) open.delete(file);
      for (const [file, one] of await this.addAll(fresh)) stored.set(file, one);
    } catch (error) {
      await Promise.allSettled([...open].map(({ pending }) => pending.discard()));
      throw error;
    }
    return prepared.flatMap((file) => stored.get(file) ?? []);
  }

  private withDigests(prepared: readonly PreparedFile[]): Promise<Blob[]> {
    return this.blobs.findBy({
      patientId: In([...new Set(prepared.map(({ name }) => name.patientId))]),
      digest: In(prepared.map(({ pending }) => pending.digest)),
    });
  }

  /** The files first and the rows second: a row never names bytes that are not there. */
  private async addAll(files: readonly PreparedFile[]): Promise<Map<PreparedFile, StoredFile>> {
    if (files.length === 0) return new Map();
    const remove = (unneeded: readonly PreparedFile[]) =>
      Promise.all(unneeded.map(({ name }) => this.store.remove(name)));
    for (const { name } of files) this.unnamed.add(name.blobId);
    try {
      const failed = (await Promise.allSettled(files.map(({ pending }) => pending.commit()))).find(
        ({ status }) => status === 'rejected',
      );
      if (failed?.status === 'rejected') throw failed.reason;
      const added = await this.additions.add(
        files.map(({ name: { patientId, blobId }, pending: { digest, bytes, seal } }) => ({
          id: blobId,
          patientId,
          digest,
          bytes,
          seal,
        })),
      );
      await remove(files.filter((_, index) => added[index]?.isNew === false));
      return new Map(
        files.map((file, index) => {
          const { id = file.name.blobId, isNew = true } = added[index] ?? {};
          return [file, { blobId: id, bytes: file.pending.bytes, known: !isNew }];
        }),
      );
    } catch (error) {
      await remove(files);
      throw error;
    } finally {
      for (const { name } of files) this.unnamed.delete(name.blobId);
    }
  }

  /** Asks once for all who write at the same time; what is one too many in the end, `BlobAdditions` refuses. */
  private async withRoom<T>(patientId: string, write: (room: number) => Promise<T>): Promise<T> {
    const rooms = this.rooms.get(patientId) ?? { room: this.roomFor(patientId), users: 0 };
    this.rooms.set(patientId, rooms);
    rooms.users++;
    try {
      return await write(await rooms.room);
    } finally {
      if (--rooms.users === 0) this.rooms.delete(patientId);
    }
  }

  /** As far as that is known without reading it. */
  private async isDamaged({ id: blobId, patientId, bytes }: Blob): Promise<boolean> {
    if ((await this.store.stat({ patientId, blobId }))?.bytes !== bytes) return true;
    return this.blobs.manager.existsBy(BlobCheck, { blobId, finding: 'damaged' });
  }

  /**
   * Puts good bytes in the place of damaged ones. They are sealed anew, since a seal is bound to its place. When the
   * power fails in between, the blob is as damaged as it was, and can be healed as well.
   */
  private async heal(
    { id, patientId }: Blob,
    { name: good, pending, partition }: PreparedFile,
  ): Promise<void> {
    this.unnamed.add(good.blobId);
    try {
      await pending.commit();
      const content = await this.store.read({ ...good, seal: pending.seal });
      const anew = await this.store.write({ patientId, blobId: id }, content, { partition });
      await anew.commit();
      await this.transactor.run(async (manager) => {
        await manager.update(Blob, { id, patientId }, { seal: anew.seal });
        await manager.delete(BlobCheck, { blobId: id });
      });
    } finally {
      await this.store.remove(good);
      this.unnamed.delete(good.blobId);
    }
  }
}

const placeOf = (patientId: string, { digest }: { readonly digest: string }): string =>
  `${patientId} ${digest}`;
