import { In, type EntityManager } from 'typeorm';
import { Clock, Problem } from '@vitrine/kernel';
import type { Transactor } from '@vitrine/persistence';
import { Blob } from './blob.entity.js';

/** A blob whose bytes are on the medium, and that is to have a row. */
export type NewBlob = Pick<Blob, 'id' | 'patientId' | 'digest' | 'seal' | 'bytes'>;

/** The blob that has these bytes now: the new one, or the one that had them already. */
export interface AddedBlob {
  readonly id: string;
  readonly isNew: boolean;
}

/** Blobs that are added together or not at all. */
interface Waiting {
  readonly blobs: readonly NewBlob[];
  readonly resolve: (added: AddedBlob[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A transaction stays short, since everybody who writes waits for it. */
const LARGEST_GROUP = 100;

/**
 * Writes the rows of new blobs: those that come while a transaction is under way share the next one, and with it the
 * flush that makes it durable.
 */
export class BlobAdditions {
  private readonly waiting: Waiting[] = [];
  private isWriting = false;

  constructor(
    private readonly transactor: Transactor,
    private readonly clock: Clock,
    private readonly bytesPerPatient: number,
  ) {}

  /**
   * Resolves when the rows survive a power cut. Throws `vault.quota-exceeded` where they are too many, and then adds
   * none of them.
   */
  add(blobs: readonly NewBlob[]): Promise<AddedBlob[]> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ blobs, resolve, reject });
      if (!this.isWriting) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const group = this.nextGroup();
      try {
        const added = await this.transactor.run((manager) => this.insert(manager, group));
        group.forEach(({ resolve, reject }, index) => {
          const blobs = added[index];
          if (blobs === undefined) reject(new Problem('vault.quota-exceeded'));
          else resolve(blobs);
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.isWriting = false;
  }

  private nextGroup(): Waiting[] {
    let blobs = 0;
    const end = this.waiting.findIndex((one) => (blobs += one.blobs.length) > LARGEST_GROUP);
    return this.waiting.splice(0, end < 0 ? this.waiting.length : Math.max(1, end));
  }

  /** In the order of the group; undefined for what does not fit. */
  private async insert(
    manager: EntityManager,
    group: readonly Waiting[],
  ): Promise<(AddedBlob[] | undefined)[]> {
    const all = group.flatMap(({ blobs }) => blobs);
    const known = await this.known(manager, all);
    const room = new Map<string, number>();
    for (const patientId of new Set(all.map((blob) => blob.patientId)))
      room.set(
        patientId,
        this.bytesPerPatient - ((await manager.getRepository(Blob).sum('bytes', { patientId })) ?? 0),
      );
    const rows: Blob[] = [];
    const createdAt = this.clock.instant();
    const added = group.map(({ blobs }) => {
      const fresh = new Map<string, NewBlob>();
      for (const blob of blobs)
        if (!known.has(placeOf(blob)) && !fresh.has(placeOf(blob))) fresh.set(placeOf(blob), blob);
      const left = new Map(room);
      for (const { patientId, bytes } of fresh.values())
        left.set(patientId, (left.get(patientId) ?? 0) - bytes);
      if ([...left.values()].some((bytes) => bytes < 0)) return undefined;
      for (const [patientId, bytes] of left) room.set(patientId, bytes);
      for (const [place, blob] of fresh) {
        known.set(place, blob.id);
        rows.push({ ...blob, createdAt });
      }
      return blobs.map((blob): AddedBlob => {
        const id = known.get(placeOf(blob)) ?? blob.id;
        return { id, isNew: id === blob.id };
      });
    });
    if (rows.length > 0) await manager.insert(Blob, rows);
    return added;
  }

  /** The same bytes may have come in by another request in the meantime. */
  private async known(manager: EntityManager, blobs: readonly NewBlob[]): Promise<Map<string, string>> {
    const found = await manager.find(Blob, {
      select: { id: true, patientId: true, digest: true },
      where: {
        patientId: In([...new Set(blobs.map(({ patientId }) => patientId))]),
        digest: In(blobs.map(({ digest }) => digest)),
      },
    });
    return new Map(found.map((blob) => [placeOf(blob), blob.id]));
  }
}

const placeOf = ({ patientId, digest }: Pick<Blob, 'patientId' | 'digest'>): string =>
  `${patientId} ${digest}`;
