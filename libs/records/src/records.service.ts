import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, LessThan, Not, Repository, type EntityManager } from 'typeorm';
import { AuditService, type AuditAgent } from '@vitrine/audit';
import { Clock, isId, Problem, type Instant } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { BlobChecks, VaultService } from '@vitrine/vault';
import { Deposit } from './deposit.entity.js';
import { mergeIntoKept } from './kept-study.js';
import { RecordFile } from './record-file.entity.js';
import { findItems, forgetInIndex, refreshIndex } from './record-index.js';
import { RecordItem, type ItemKind } from './record-item.entity.js';
import {
  byInterest,
  detailOf,
  viewOf,
  type Integrity,
  type ItemDetail,
  type ItemView,
} from './record-view.js';
import { sameImages, type IsSameImage } from './same-images.js';

/** An item with its files, in the order in which a viewer wants them. */
export interface ItemWithFiles {
  readonly item: RecordItem;
  readonly files: readonly RecordFile[];
}

const NULLS_FIRST = { direction: 'ASC', nulls: 'FIRST' } as const;
/** The order in which a viewer wants files; the id makes it the same each time. */
const IN_ORDER = {
  seriesNumber: NULLS_FIRST,
  seriesInstanceUid: NULLS_FIRST,
  instanceNumber: NULLS_FIRST,
  untrustedName: 'ASC',
  id: 'ASC',
} as const;

const notVisible = () => new Problem('delegation.not-visible');

/** One patient's record. Every method takes the patient: another patient's item is not there. */
@Injectable()
export class RecordsService {
  constructor(
    @InjectRepository(RecordItem) private readonly items: Repository<RecordItem>,
    @InjectRepository(RecordFile) private readonly files: Repository<RecordFile>,
    private readonly transactor: Transactor,
    private readonly vault: VaultService,
    private readonly checks: BlobChecks,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** What waits for the patient's yes first, then the latest: everything, or what the search finds. */
  async list(
    patientId: string,
    wanted: { readonly search?: string; readonly kind?: ItemKind | undefined } = {},
  ): Promise<ItemView[]> {
    const found = await findItems(this.items, patientId, wanted).getMany();
    const damage = await this.damage(patientId);
    return found.sort(byInterest).map((item) => viewOf(item, damage.get(item.id)));
  }

  async detail(patientId: string, itemId: string): Promise<ItemDetail> {
    const item = await this.find(patientId, itemId);
    const damage = await this.damage(patientId);
    return detailOf(item, await this.filesOf(item.id), damage.get(item.id) ?? 0);
  }

  /** Views of those of the items that are still there, in the order given. */
  async views(itemIds: readonly string[]): Promise<ItemView[]> {
    const found = new Map((await this.items.findBy({ id: In([...itemIds]) })).map((item) => [item.id, item]));
    return itemIds.flatMap((id) => found.get(id) ?? []).map((item) => viewOf(item));
  }

  /**
   * The items with their files, to be shared. Throws `delegation.not-visible` unless every one is this patient's and
   * kept: what was deposited is shown to nobody else before it is accepted.
   */
  async openable(patientId: string, itemIds: readonly string[]): Promise<ItemWithFiles[]> {
    const wanted = [...new Set(itemIds)];
    if (!wanted.every(isId)) throw notVisible();
    const found = await this.items.findBy({ id: In(wanted), patientId, state: 'kept' });
    const byId = new Map(found.map((item) => [item.id, item]));
    return Promise.all(
      wanted.map(async (id) => {
        const item = byId.get(id);
        if (item === undefined) throw notVisible();
        return { item, files: await this.filesOf(id) };
      }),
    );
  }

  /** Everything that the patient keeps, in an order that does not change. */
  async everything(patientId: string): Promise<ItemWithFiles[]> {
    const [items, files] = await Promise.all([
      this.items.find({ where: { patientId, state: 'kept' }, order: { addedAt: 'ASC', id: 'ASC' } }),
      this.files.find({ where: { patientId }, order: IN_ORDER }),
    ]);
    const byItem = new Map<string, RecordFile[]>(items.map(({ id }) => [id, []]));
    for (const file of files) byItem.get(file.itemId)?.push(file);
    return items.map((item) => ({ item, files: byItem.get(item.id) ?? [] }));
  }

  /** What is known of the stored files of this patient. */
  async integrity(patientId: string): Promise<Integrity> {
    const files = await this.files.find({ select: { blobId: true }, where: { patientId } });
    const count = await this.checks.count(
      patientId,
      files.map(({ blobId }) => blobId),
    );
    const damage = await this.damage(patientId);
    const items = await this.items.findBy({ id: In([...damage.keys()]) });
    return {
      ...count,
      items: items.map(({ id, title }) => ({ id, title, damagedFiles: damage.get(id) ?? 0 })),
    };
  }

  /** What became of these items, that were deposited. */
  deposits(itemIds: readonly string[]): Promise<Deposit[]> {
    return this.items.manager.findBy(Deposit, { itemId: In([...itemIds]) });
  }

  /** Any item of the patient, with its files. */
  async withFiles(patientId: string, itemId: string): Promise<ItemWithFiles> {
    const item = await this.find(patientId, itemId);
    return { item, files: await this.filesOf(item.id) };
  }

  /**
   * Makes a deposit part of the record, and confirms of images under another name that they are the patient's. A
   * study that the record has already grows; the answer is the item that holds the images then.
   */
  async accept(
    patientId: string,
    itemId: string,
    agent: AuditAgent,
    options: { readonly confirmMismatch?: boolean } = {},
  ): Promise<ItemView> {
    const isSame = await this.sameAsKept(patientId, itemId);
    const { kept, erased } = await this.transactor.run(async (manager) => {
      const item = await findIn(manager, patientId, itemId);
      const about = item.study ?? item.document;
      const mismatch = about?.mismatch === 'unconfirmed';
      if (mismatch && options.confirmMismatch !== true) throw new Problem('exchange.mismatch-unconfirmed');
      if (item.state === 'kept' && !mismatch) return { kept: item, erased: [] };
      if (mismatch && item.study) item.study = { ...item.study, mismatch: 'confirmed' };
      if (mismatch && item.document) item.document = { ...item.document, mismatch: 'confirmed' };
      const wasPending = item.state === 'pending';
      const { item: target, freed } = wasPending
        ? await mergeIntoKept(manager, item, isSame)
        : { item, freed: [] };
      if (wasPending) await this.decide(manager, itemId, 'accepted');
      else await manager.save(RecordItem, item);
      await refreshIndex(manager, [itemId, target.id]);
      await this.audit.record(manager, {
        action: 'record.accepted',
        agent,
        patientId,
        entities: [{ kind: 'item', id: target.id, label: target.title }],
        details: { mismatchConfirmed: mismatch },
      });
      return { kept: target, erased: await this.vault.forgetUnneeded(manager, patientId, freed) };
    });
    await this.vault.erase(patientId, erased);
    return viewOf(kept);
  }

  /** Removes a deposit that the patient does not want. */
  async reject(patientId: string, itemId: string, agent: AuditAgent): Promise<void> {
    await this.drop(patientId, itemId, 'pending', agent);
  }

  /** What was saved in viewers before then and has got neither a yes nor a no; of all patients. */
  async undecidedResults(before: Instant): Promise<RecordItem[]> {
    const pending = await this.items.findBy({ state: 'pending', addedAt: LessThan(before) });
    return pending.filter(({ origin }) => origin.kind === 'viewer');
  }

  /** Removes an item for good, with the bytes that nothing else in the record needs. */
  async remove(patientId: string, itemId: string, agent: AuditAgent): Promise<void> {
    await this.drop(patientId, itemId, 'kept', agent);
  }

  /** Records that the originals of an item left the house. */
  async recordDownload(item: RecordItem, agent: AuditAgent): Promise<void> {
    await this.transactor.run((manager) =>
      this.audit.record(manager, {
        action: 'record.downloaded',
        agent,
        patientId: item.patientId,
        entities: [{ kind: 'item', id: item.id, label: item.title }],
      }),
    );
  }

  /** PNG bytes; undefined when there is no thumbnail. */
  async thumbnail(patientId: string, itemId: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { thumbnailBlobId } = await this.find(patientId, itemId);
    return thumbnailBlobId === null ? undefined : this.vault.open(patientId, thumbnailBlobId);
  }

  /** Keeps a thumbnail that we made ourselves; forgets it when the item is gone by now. */
  async setThumbnail(patientId: string, itemId: string, png: Uint8Array): Promise<void> {
    const { blobId } = await this.vault.put(patientId, once(png), { partition: 'imaging' });
    const erased = await this.transactor.run(async (manager) => {
      const there = await this.vault.existing(manager, patientId, [blobId]);
      if (there.size > 0)
        await manager.update(RecordItem, { id: itemId, patientId }, { thumbnailBlobId: blobId });
      return this.vault.forgetUnneeded(manager, patientId, [blobId]);
    });
    await this.vault.erase(patientId, erased);
  }

  /** Those of the items that a picture could be made for and that have none; of all items when no ids are given. */
  async withoutThumbnail(itemIds?: readonly string[]): Promise<RecordItem[]> {
    return this.items.find({
      where: {
        thumbnailBlobId: IsNull(),
        kind: Not('genome'),
        ...(itemIds === undefined ? {} : { id: In([...itemIds]) }),
      },
      order: { addedAt: 'DESC' },
      take: 500,
    });
  }

  /** Forgets every item of a patient within the caller's transaction; the bytes are the vault's affair. */
  async forgetPatient(manager: EntityManager, patientId: string): Promise<void> {
    await forgetInIndex(manager, patientId);
    await manager.delete(RecordFile, { patientId });
    await manager.delete(RecordItem, { patientId });
  }

  /** How many damaged files an item has, by its id. */
  private async damage(patientId: string): Promise<Map<string, number>> {
    const damaged = await this.checks.damaged(patientId);
    if (damaged.size === 0) return new Map();
    const files = await this.files.findBy({ patientId, blobId: In([...damaged]) });
    const counts = new Map<string, number>();
    for (const { itemId } of files) counts.set(itemId, (counts.get(itemId) ?? 0) + 1);
    return counts;
  }

  private async drop(
    patientId: string,
    itemId: string,
    state: RecordItem['state'],
    agent: AuditAgent,
  ): Promise<void> {
    const erased = await this.transactor.run(async (manager) => {
      const item = await findIn(manager, patientId, itemId);
      if (item.state !== state) throw notVisible();
      const files = await manager.find(RecordFile, { select: { blobId: true }, where: { itemId } });
      await manager.delete(RecordFile, { itemId });
      await manager.delete(RecordItem, { id: itemId });
      await refreshIndex(manager, [itemId]);
      if (state === 'pending') await this.decide(manager, itemId, 'rejected');
      const blobs = new Set(files.map(({ blobId }) => blobId));
      if (item.thumbnailBlobId !== null) blobs.add(item.thumbnailBlobId);
      await this.audit.record(manager, {
        action: state === 'pending' ? 'record.rejected' : 'record.removed',
        agent,
        patientId,
        entities: [{ kind: 'item', id: item.id, label: item.title }],
      });
      return this.vault.forgetUnneeded(manager, patientId, [...blobs]);
    });
    await this.vault.erase(patientId, erased);
  }

  /** Which images of a deposit are in the record already, whoever wrote their files. */
  private async sameAsKept(patientId: string, itemId: string): Promise<IsSameImage> {
    const { item, files } = await this.withFiles(patientId, itemId);
    const { studyInstanceUid } = item;
    const isStudy = item.state === 'pending' && studyInstanceUid !== null;
    const kept = isStudy ? await this.items.findBy({ patientId, studyInstanceUid, state: 'kept' }) : [];
    const there = await this.files.findBy({ itemId: In(kept.map(({ id }) => id)) });
    return sameImages(this.vault, patientId, [...files, ...there]);
  }

  private async decide(manager: EntityManager, itemId: string, decision: Deposit['decision']): Promise<void> {
    await manager.update(Deposit, { itemId }, { decision, decidedAt: this.clock.instant() });
  }

  private async find(patientId: string, itemId: string): Promise<RecordItem> {
    return findIn(this.items.manager, patientId, itemId);
  }

  private filesOf(itemId: string): Promise<RecordFile[]> {
    return this.files.find({ where: { itemId }, order: IN_ORDER });
  }
}

async function findIn(manager: EntityManager, patientId: string, itemId: string): Promise<RecordItem> {
  const item = isId(itemId) ? await manager.findOneBy(RecordItem, { id: itemId, patientId }) : null;
  if (item === null) throw notVisible();
  return item;
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
