import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { contradicts, type InstanceFacts } from '@vitrine/dicom';
import { Clock, newId, Problem } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import { groupFiles } from './file-groups.js';
import type { Addition, AdditionResult, FileOutcome, NewFile } from './new-file.js';
import { Deposit } from './deposit.entity.js';
import { RecordFile } from './record-file.entity.js';
import { RecordItem, type Format } from './record-item.entity.js';
import { itemOfIndex } from './late-indexes.js';
import { refreshIndex } from './record-index.js';
import { sameImages, type IsSameImage, type StoredImage } from './same-images.js';
import { aboutDocument, enriched, personIn, studyOf, summarise } from './study-summary.js';

type Imaging = NewFile & { readonly dicom: InstanceFacts };

/** An item of a study while files are added to it. */
interface OpenItem {
  readonly item: RecordItem;
  readonly isNew: boolean;
  /** Blob by SOP Instance UID. */
  readonly instances: Map<string, string>;
  readonly files: RecordFile[];
  readonly added: RecordFile[];
}

/**
 * Makes items of files. Images of one study are one item, also when they come in several times, with two exceptions
 * in which nothing is overwritten and a second item of the same study is made: another person's name on it, and an
 * image with the same UID but another data set.
 */
@Injectable()
export class ItemAssembler {
  constructor(
    private readonly vault: VaultService,
    private readonly clock: Clock,
  ) {}

  /** For `add`, before its transaction: reads images that may be the same. */
  async compare(manager: EntityManager, addition: Addition): Promise<IsSameImage> {
    const images = addition.files.filter(isImaging).map(storedImage);
    const others = await otherBytes(manager, addition, images);
    return sameImages(this.vault, addition.patientId, [...images, ...others]);
  }

  /**
   * Adds everything within the caller's transaction, so that nobody ever sees half of it. Throws `kernel.busy` when
   * bytes are no longer in the vault because the item that shared them was removed meanwhile: store them again. What
   * came in since `compare` counts as the same image only where the whole file is.
   */
  async add(manager: EntityManager, addition: Addition, isSame: IsSameImage): Promise<AdditionResult> {
    const { patientId, files } = addition;
    const blobIds = files.map(({ blobId }) => blobId);
    const existing = await this.vault.existing(manager, patientId, blobIds);
    if (blobIds.some((blobId) => !existing.has(blobId))) throw new Problem('kernel.busy');

    const outcomes: FileOutcome[] = [];
    const itemIds: string[] = [];
    let filesAdded = 0;
    const unneeded: string[] = [];
    const note = (file: NewFile, outcome: FileOutcome['outcome'], isUnneeded = false) => {
      outcomes.push({ untrustedName: file.untrustedName, outcome });
      if (isUnneeded) unneeded.push(file.blobId);
    };

    for (const study of byStudy(files.filter(isImaging))) {
      for (const open of await this.addStudy(manager, addition, study, isSame, note)) {
        itemIds.push(open.item.id);
        filesAdded += open.added.length;
      }
    }
    const { groups, lonely } = groupFiles(files.filter((file) => !isImaging(file)));
    const known = await knownBlobs(manager, addition);
    const late = new Set(lonely);
    for (const group of groups) {
      // Data that is kept already, with an index that is not: that one only came later.
      const fresh = group.files.filter(({ blobId }) => !known.has(blobId));
      if (fresh.length > 0 && fresh.length < group.files.length && fresh.every(isIndex)) {
        for (const index of fresh) late.add(index);
        continue;
      }
      if (group.files.every(({ blobId }) => known.has(blobId))) {
        for (const file of group.files) note(file, 'duplicate');
        continue;
      }
      for (const { blobId } of group.files) known.add(blobId);
      const facts = group.files[0]?.document;
      const item = this.newItem(addition, {
        kind: group.kind,
        title: group.title,
        takenOn: facts?.date || group.files[0]?.takenOn || null,
        study: null,
        document: facts === undefined ? null : aboutDocument(facts, addition.person),
        studyInstanceUid: null,
        formats: [...new Set(group.files.map(({ format }) => format))].filter(
          (f): f is Format => f !== 'index',
        ),
        count: group.files.filter(({ format }) => format !== 'index').length,
        bytes: group.files.reduce((sum, { bytes }) => sum + bytes, 0),
      });
      await insertItem(manager, item);
      await insertFiles(
        manager,
        group.files.map((file) => newRecordFile(item, file)),
      );
      itemIds.push(item.id);
      filesAdded += group.files.length;
    }
    for (const index of late) {
      if (known.has(index.blobId)) {
        note(index, 'duplicate');
        continue;
      }
      const item = await itemOfIndex(manager, addition, index);
      if (item === undefined) {
        note(index, 'lonely-index', true);
        continue;
      }
      known.add(index.blobId);
      item.bytes += index.bytes;
      await updateItem(manager, item);
      await insertFiles(manager, [newRecordFile(item, index)]);
      if (!itemIds.includes(item.id)) itemIds.push(item.id);
      filesAdded++;
    }
    await refreshIndex(manager, itemIds);
    return { itemIds, filesAdded, outcomes, unneeded };
  }

  private async addStudy(
    manager: EntityManager,
    addition: Addition,
    files: readonly Imaging[],
    isSame: IsSameImage,
    note: (file: NewFile, outcome: FileOutcome['outcome'], isUnneeded?: boolean) => void,
  ): Promise<OpenItem[]> {
    const open = await openItems(manager, addition, files[0]?.dicom.studyInstanceUid ?? '');
    for (const file of files) {
      const person = personIn(file.dicom);
      const ofPerson = open.filter(({ item }) => item.study && !contradicts(personIn(item.study), person));
      const uid = file.dicom.sopInstanceUid;
      const there = ofPerson
        .map(({ instances }) => instances.get(uid) ?? '')
        .find((blobId) => isSame(blobId, file.blobId));
      if (there !== undefined) {
        note(file, 'duplicate', there !== file.blobId);
        continue;
      }
      let target = ofPerson.find(({ instances }) => !instances.has(uid));
      if (target === undefined) {
        if (open.length > 0) note(file, ofPerson.length > 0 ? 'differs' : 'other-person');
        target = {
          item: this.newStudy(addition, file),
          isNew: true,
          instances: new Map(),
          files: [],
          added: [],
        };
        open.push(target);
      }
      const row = newRecordFile(target.item, file);
      target.instances.set(uid, file.blobId);
      target.files.push(row);
      target.added.push(row);
      if (target.item.study) target.item.study = enriched(target.item.study, file.dicom);
      target.item.takenOn ??= file.dicom.studyDate || null;
    }
    const changed = open.filter(({ added }) => added.length > 0);
    for (const { item, isNew, files: all, added } of changed) {
      if (item.study) Object.assign(item, summarise(item.study, all));
      if (isNew) await insertItem(manager, item);
      else await updateItem(manager, item);
      await insertFiles(manager, added);
    }
    return changed;
  }

  private newStudy(addition: Addition, { dicom }: Imaging): RecordItem {
    return this.newItem(addition, {
      kind: 'imaging',
      title: '',
      takenOn: dicom.studyDate || null,
      formats: ['dicom'],
      count: 0,
      bytes: 0,
      study: studyOf(dicom, addition.person),
      document: null,
      studyInstanceUid: dicom.studyInstanceUid,
    });
  }

  private newItem(
    { patientId, importId, state, origin }: Addition,
    facts: Pick<
      RecordItem,
      'kind' | 'title' | 'takenOn' | 'formats' | 'count' | 'bytes' | 'study' | 'document' | 'studyInstanceUid'
    >,
  ): RecordItem {
    const addedAt = this.clock.instant();
    return { id: newId(), patientId, importId, state, origin, thumbnailBlobId: null, addedAt, ...facts };
  }
}

async function insertItem(manager: EntityManager, item: RecordItem): Promise<void> {
  await manager.insert(RecordItem, item);
  if (item.state !== 'pending') return;
  const { id: itemId, importId, title, count } = item;
  await manager.insert(Deposit, { itemId, importId, title, count, decision: 'pending', decidedAt: null });
}

async function updateItem(manager: EntityManager, item: RecordItem): Promise<void> {
  await manager.save(RecordItem, item);
  const { title, count } = item;
  if (item.state === 'pending') await manager.update(Deposit, { itemId: item.id }, { title, count });
}

const isIndex = (file: NewFile): boolean => file.format === 'index';

const isImaging = (file: NewFile): file is Imaging => file.format === 'dicom' && file.dicom !== undefined;

function byStudy(files: readonly Imaging[]): Imaging[][] {
  const studies = new Map<string, Imaging[]>();
  for (const file of files) {
    const there = studies.get(file.dicom.studyInstanceUid);
    if (there) there.push(file);
    else studies.set(file.dicom.studyInstanceUid, [file]);
  }
  return [...studies.values()];
}

/**
 * The items that files of this study may join: what the patient keeps, or for a deposit what the same depositor sent
 * and the patient has not answered yet. It joins nothing of the record, and must not learn what that holds.
 */
async function openItems(
  manager: EntityManager,
  addition: Addition,
  studyInstanceUid: string,
): Promise<OpenItem[]> {
  const { patientId, state } = addition;
  const items = await mayJoin(
    manager,
    addition,
    await manager.findBy(RecordItem, { patientId, state, studyInstanceUid }),
  );
  const open: OpenItem[] = [];
  for (const item of items) {
    const files = await manager.findBy(RecordFile, { itemId: item.id });
    const instances = new Map(files.map((file) => [file.sopInstanceUid ?? '', file.blobId]));
    open.push({ item, isNew: false, instances, files, added: [] });
  }
  return open;
}

/** Those of the items that the addition may know of. */
async function mayJoin(
  manager: EntityManager,
  { state, sameDepositor }: Addition,
  items: readonly RecordItem[],
): Promise<readonly RecordItem[]> {
  const ofState = items.filter((item) => item.state === state);
  if (state !== 'pending') return ofState;
  const importIds = ofState.map(({ importId }) => importId);
  const same = await sameDepositor?.(manager, importIds);
  return ofState.filter(({ importId }) => same?.has(importId) === true);
}

/** Images of the same UIDs that the record has as other bytes, among what the addition may know of. */
async function otherBytes(
  manager: EntityManager,
  addition: Addition,
  images: readonly StoredImage[],
): Promise<RecordFile[]> {
  const { patientId } = addition;
  const added = new Set(images.map(({ blobId }) => blobId));
  const uids = [...new Set(images.flatMap(({ sopInstanceUid }) => sopInstanceUid ?? []))];
  const found: RecordFile[] = [];
  for (let at = 0; at < uids.length; at += 200) {
    const sopInstanceUid = In(uids.slice(at, at + 200));
    for (const file of await manager.findBy(RecordFile, { patientId, sopInstanceUid }))
      if (!added.has(file.blobId)) found.push(file);
  }
  if (found.length === 0) return [];
  const itemIds = [...new Set(found.map(({ itemId }) => itemId))];
  const items = await mayJoin(manager, addition, await manager.findBy(RecordItem, { id: In(itemIds) }));
  const open = new Set(items.map(({ id }) => id));
  return found.filter(({ itemId }) => open.has(itemId));
}

const storedImage = ({ blobId, dicom }: Imaging): StoredImage => ({
  blobId,
  sopInstanceUid: dicom.sopInstanceUid,
  transferSyntaxUid: dicom.transferSyntaxUid,
});

/** Blobs of files other than images that the patient keeps already. */
async function knownBlobs(manager: EntityManager, { patientId, state }: Addition): Promise<Set<string>> {
  if (state === 'pending') return new Set();
  const rows = await manager
    .createQueryBuilder(RecordFile, 'file')
    .innerJoin(RecordItem, 'item', 'item.id = file.itemId')
    .select('file.blobId', 'blobId')
    .where('file.patientId = :patientId AND item.state = :state AND item.kind <> :imaging', {
      patientId,
      state,
      imaging: 'imaging',
    })
    .getRawMany<{ blobId: string }>();
  return new Set(rows.map(({ blobId }) => blobId));
}

const newRecordFile = (item: RecordItem, file: NewFile): RecordFile => ({
  id: newId(),
  itemId: item.id,
  patientId: item.patientId,
  blobId: file.blobId,
  untrustedName: file.untrustedName,
  format: file.format,
  bytes: file.bytes,
  seriesInstanceUid: file.dicom?.seriesInstanceUid ?? null,
  sopInstanceUid: file.dicom?.sopInstanceUid ?? null,
  sopClassUid: file.dicom?.sopClassUid ?? null,
  transferSyntaxUid: file.dicom?.transferSyntaxUid ?? null,
  modality: file.dicom?.modality ?? null,
  seriesDescription: file.dicom?.seriesDescription ?? null,
  seriesNumber: file.dicom?.seriesNumber ?? null,
  instanceNumber: file.dicom?.instanceNumber ?? null,
  frames: file.dicom?.frames ?? 1,
  attributes: file.dicom?.attributes ?? null,
});

/** SQLite takes a bounded number of parameters in one statement. */
async function insertFiles(manager: EntityManager, files: readonly RecordFile[]): Promise<void> {
  for (let at = 0; at < files.length; at += 200)
    await manager
      .createQueryBuilder()
      .insert()
      .into(RecordFile)
      .values(files.slice(at, at + 200))
      // Nothing is left to the database, so nothing has to be read back.
      .updateEntity(false)
      .execute();
}
