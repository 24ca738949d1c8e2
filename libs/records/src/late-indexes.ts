import type { EntityManager } from 'typeorm';
import { belongsTo } from './file-groups.js';
import type { Addition, NewFile } from './new-file.js';
import { RecordFile } from './record-file.entity.js';
import { RecordItem } from './record-item.entity.js';

/**
 * The item of the record that an index belongs to which came without its data: the one that holds a file of that name
 * and of a kind that it can be of. Undefined when there is none, or more than one that it could be. A deposit is not
 * compared with the record, or its sender would learn what that holds.
 */
export async function itemOfIndex(
  manager: EntityManager,
  { patientId, state }: Pick<Addition, 'patientId' | 'state'>,
  index: NewFile,
): Promise<RecordItem | undefined> {
  if (state === 'pending') return undefined;
  const items = await manager.findBy(RecordItem, { patientId, state, kind: 'genome' });
  const byId = new Map(items.map((item) => [item.id, item]));
  const files = await manager.find(RecordFile, {
    select: { itemId: true, untrustedName: true, format: true },
    where: { patientId },
  });
  const kept = files.filter(({ itemId }) => byId.has(itemId));
  const own = new Set(kept.filter((file) => belongsTo(index, file, kept)).map(({ itemId }) => itemId));
  const [only] = own;
  return own.size === 1 && only !== undefined ? byId.get(only) : undefined;
}
