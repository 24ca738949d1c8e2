import type { EntityManager } from 'typeorm';
import { contradicts } from '@vitrine/dicom';
import { RecordFile } from './record-file.entity.js';
import { RecordItem } from './record-item.entity.js';
import type { IsSameImage } from './same-images.js';
import { personIn, summarise } from './study-summary.js';

/** What a deposit became when the patient said yes. */
export interface Merged {
  /** Holds its images now. */
  readonly item: RecordItem;
  /** Blobs that the record needed for the deposit alone. */
  readonly freed: readonly string[];
}

/** Moves images into the item that the patient keeps of the same study; those that it has in other form stay apart. */
export async function mergeIntoKept(
  manager: EntityManager,
  pending: RecordItem,
  isSame: IsSameImage,
): Promise<Merged> {
  const { patientId, studyInstanceUid, study } = pending;
  pending.state = 'kept';
  const candidates =
    studyInstanceUid === null || study === null
      ? []
      : await manager.findBy(RecordItem, { patientId, studyInstanceUid, state: 'kept' });
  const kept = candidates.find(
    (item) => item.study && study && !contradicts(personIn(item.study), personIn(study)),
  );
  if (kept === undefined) return { item: await manager.save(RecordItem, pending), freed: [] };

  const there = new Map(
    (await manager.findBy(RecordFile, { itemId: kept.id })).map((file) => [file.sopInstanceUid, file.blobId]),
  );
  const freed: string[] = [];
  for (const file of await manager.findBy(RecordFile, { itemId: pending.id })) {
    const same = there.get(file.sopInstanceUid);
    if (same === undefined) await manager.update(RecordFile, { id: file.id }, { itemId: kept.id });
    else if (isSame(same, file.blobId)) {
      await manager.delete(RecordFile, { id: file.id });
      freed.push(file.blobId);
    }
  }
  if (kept.thumbnailBlobId === null) kept.thumbnailBlobId = pending.thumbnailBlobId;
  await recount(manager, kept);
  if (await manager.existsBy(RecordFile, { itemId: pending.id })) await recount(manager, pending);
  else {
    await manager.delete(RecordItem, { id: pending.id });
    if (pending.thumbnailBlobId !== null) freed.push(pending.thumbnailBlobId);
  }
  return { item: kept, freed };
}

async function recount(manager: EntityManager, item: RecordItem): Promise<void> {
  if (item.study)
    Object.assign(item, summarise(item.study, await manager.findBy(RecordFile, { itemId: item.id })));
  await manager.save(RecordItem, item);
}
