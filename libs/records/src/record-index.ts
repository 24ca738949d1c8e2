import { type EntityManager, type Repository, type SelectQueryBuilder } from 'typeorm';
import { RecordFile } from './record-file.entity.js';
import { RecordItem, type ItemKind } from './record-item.entity.js';
import { searchQuery, searchText } from './search-words.js';

/**
 * The words by which items are found: SQLite FTS5, letters without accents, beginnings of words. Item and patient are
 * words of the index too, so that a search reads the rows of one patient only.
 *
 * Makes the rows of these items what the items say, within the transaction that changes them. An item that is gone
 * has none.
 */
export async function refreshIndex(manager: EntityManager, itemIds: Iterable<string>): Promise<void> {
  for (const itemId of new Set(itemIds)) {
    await forgetInIndex(manager, 'itemId', itemId);
    const item = await manager.findOneBy(RecordItem, { id: itemId });
    if (item === null) continue;
    const files = await manager.find(RecordFile, {
      select: { untrustedName: true, seriesDescription: true },
      where: { itemId },
    });
    await manager.query('INSERT INTO record_search (itemId, patientId, words) VALUES (?, ?, ?)', [
      itemId,
      item.patientId,
      searchText(item, files),
    ]);
  }
}

export async function forgetInIndex(
  manager: EntityManager,
  column: 'itemId' | 'patientId',
  id: string,
): Promise<void> {
  await manager.query(
    'DELETE FROM record_search WHERE rowid IN (SELECT rowid FROM record_search WHERE record_search MATCH ?)',
    [`${column} : "${id}"`],
  );
}

/** Items of one patient of which the index has nothing yet. */
export const unindexed = (items: Repository<RecordItem>, limit: number): Promise<{ id: string }[]> =>
  items.manager.query(
    'SELECT id FROM record_item WHERE id NOT IN (SELECT itemId FROM record_search) LIMIT ?',
    [limit],
  );

/** The items of a patient in which every word of the search begins a word; all of them for a search of no words. */
export function findItems(
  items: Repository<RecordItem>,
  patientId: string,
  { search = '', kind }: { readonly search?: string; readonly kind?: ItemKind | undefined },
): SelectQueryBuilder<RecordItem> {
  const found = items.createQueryBuilder('item').where('item.patientId = :patientId', { patientId });
  if (kind !== undefined) found.andWhere('item.kind = :kind', { kind });
  if (search.trim() === '') return found;
  const query = searchQuery(search);
  if (query === undefined) return found.andWhere('1 = 0');
  return found.andWhere('item.id IN (SELECT itemId FROM record_search WHERE record_search MATCH :query)', {
    query: `patientId : "${patientId}" AND words : (${query})`,
  });
}
