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

interface Waiting {
  readonly blob: NewBlob;
  readonly resolve: (added: AddedBlob) => void;
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

  /** Resolves when the row survives a power cut. Throws `vault.quota-exceeded` where it is one too many. */
  add(blob: NewBlob): Promise<AddedBlob> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ blob, resolve, reject });
      if (!this.isWriting) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, LARGEST_GROUP);
      try {
        const added = await this.transactor.run((manager) => this.insert(manager, group));
        group.forEach(({ blob, resolve, reject }, index) => {
          const one = added[index];
          if (one === undefined) reject(new Problem('vault.quota-exceeded'));
          else resolve({ id: one, isNew: one === blob.id });
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.isWriting = false;
  }

  /** The id of each, in the order of the group; undefined for what does not fit. */
  private async insert(manager: EntityManager, group: readonly Waiting[]): Promise<(string | undefined)[]> {
    const blobs = group.map(({ blob }) => blob);
    const known = await this.known(manager, blobs);
    const room = new Map<string, number>();
    for (const patientId of new Set(blobs.map((blob) => blob.patientId)))
      room.set(
        patientId,
        this.bytesPerPatient - ((await manager.getRepository(Blob).sum('bytes', { patientId })) ?? 0),
      );
    const rows: Blob[] = [];
    const createdAt = this.clock.instant();
    const ids = blobs.map((blob) => {
      const place = placeOf(blob);
      const there = known.get(place);
      if (there !== undefined) return there;
      const left = (room.get(blob.patientId) ?? 0) - blob.bytes;
      if (left < 0) return undefined;
      room.set(blob.patientId, left);
      known.set(place, blob.id);
      rows.push({ ...blob, createdAt });
      return blob.id;
    });
    if (rows.length > 0) await manager.insert(Blob, rows);
    return ids;
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
