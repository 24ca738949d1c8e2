import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { Problem } from '@vitrine/kernel';
import { RecordFile, RecordItem } from '@vitrine/records';
import type { SealedObject } from '@vitrine/session-host';

/** Lends stored files, with what opens them, to the session host. The vault does it. */
export abstract class ObjectLender {
  /**
   * Calls `use` with all of them or, where they have to be brought from elsewhere, with one after the other as they come.
   * They lie there until it returns. A blob that is not this patient's is not there. Throws `vault.damaged`.
   */
  abstract lend(
    patientId: string,
    blobIds: readonly string[],
    signal: AbortSignal,
    use: (objects: readonly SealedObject[]) => Promise<void>,
  ): Promise<void>;
}

/** For whom something is opened: the patient may also look at a deposit that waits for a yes. */
export type Looker = 'patient' | 'visitor';

export interface ChosenRecord {
  readonly items: readonly RecordItem[];
  readonly files: readonly RecordFile[];
}

/** Reads what a session is to show. */
@Injectable()
export class RecordSource {
  constructor(
    @InjectRepository(RecordItem) private readonly items: Repository<RecordItem>,
    @InjectRepository(RecordFile) private readonly files: Repository<RecordFile>,
  ) {}

  /**
   * The items in the order of `itemIds`. An item that is not this patient's is not there. Neither is a deposit that
   * is not accepted yet, but for the patient and alone: it is looked at to be judged, beside nothing of the record.
   */
  async choose(patientId: string, itemIds: readonly string[], looker: Looker): Promise<ChosenRecord> {
    const wanted = [...new Set(itemIds)];
    const [found, files] = await Promise.all([
      this.items.findBy({ id: In(wanted), patientId }),
      this.files.findBy({ itemId: In(wanted), patientId }),
    ]);
    const items = found.filter(
      ({ state }) => state === 'kept' || (looker === 'patient' && wanted.length === 1),
    );
    if (wanted.length === 0 || items.length !== wanted.length) throw new Problem('delegation.not-visible');
    items.sort((a, b) => wanted.indexOf(a.id) - wanted.indexOf(b.id));
    return { items, files };
  }

  /** True when all of it is part of the record: nothing waits for a yes, and nothing is gone. */
  async areKept(patientId: string, itemIds: readonly string[]): Promise<boolean> {
    const wanted = [...new Set(itemIds)];
    return (await this.items.countBy({ id: In(wanted), patientId, state: 'kept' })) === wanted.length;
  }
}
