import { type EntityManager, type Repository, type SelectQueryBuilder } from 'typeorm';
import { dialectOf } from '@vitrine/persistence';
import { RecordFile } from './record-file.entity.js';
import { RecordItem, type ItemKind } from './record-item.entity.js';
import { searchText, wordsOf } from './search-words.js';

/**
 * Makes the rows of these items in the index what the items say, within the transaction that changes them. An item that
 * is gone has none.
 */
export async function refreshIndex(manager: EntityManager, itemIds: Iterable<string>): Promise<void> {
  const { search } = dialectOf(manager.dataSource);
  for (const itemId of new Set(itemIds)) {
    await search.forget(manager, 'itemId', itemId);
    const item = await manager.findOneBy(RecordItem, { id: itemId });
    if (item === null) continue;
    const files = await manager.find(RecordFile, {
      select: { untrustedName: true, seriesDescription: true },
      where: { itemId },
    });
    const words = wordsOf(searchText(item, files));
    await search.add(manager, { itemId, patientId: item.patientId, words });
  }
}

/** Removes all rows of a patient from the index. */
export const forgetInIndex = (manager: EntityManager, patientId: string): Promise<void> =>
  dialectOf(manager.dataSource).search.forget(manager, 'patientId', patientId);

/** Items of one patient of which the index has nothing yet. */
export const unindexed = (items: Repository<RecordItem>, limit: number): Promise<{ id: string }[]> =>
  items.manager.sql`
    SELECT "id" FROM "record_item" WHERE "id" NOT IN (SELECT "itemId" FROM "record_search") LIMIT ${limit}`;

/** The items of a patient in which every word of the search begins a word; all of them for a search of no words. */
export function findItems(
  items: Repository<RecordItem>,
  patientId: string,
  { search = '', kind }: { readonly search?: string; readonly kind?: ItemKind | undefined },
): SelectQueryBuilder<RecordItem> {
  const found = items.createQueryBuilder('item').where('item.patientId = :patientId', { patientId });
  if (kind !== undefined) found.andWhere('item.kind = :kind', { kind });
  if (search.trim() === '') return found;
  const words = wordsOf(search);
  if (words.length === 0) return found.andWhere('1 = 0');
  const { sql, parameters } = dialectOf(items.manager.dataSource).search.matching(patientId, words);
  return found.andWhere(`item.id IN (${sql})`, parameters);
}
