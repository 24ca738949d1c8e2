import type { EntityManager } from 'typeorm';
import { BlobCheck } from './blob-check.entity.js';

interface BlobUse {
  readonly table: string;
  readonly column: string;
}

/**
 * Every column that names a blob which somebody needs: `blobId`, or a name that ends with `BlobId`, of any table, also
 * of one that is added to the product later. What was found when blobs were read is about them and needs none.
 */
function blobUses(manager: EntityManager): BlobUse[] {
  return manager.dataSource.entityMetadatas
    .filter(({ target }) => target !== BlobCheck)
    .flatMap(({ tableName, columns }) =>
      columns
        .filter(({ propertyName }) => /(^b|B)lobId$/.test(propertyName))
        .map(({ databaseName }) => ({ table: tableName, column: databaseName })),
    );
}

/** Does anything of this patient need the blob? */
export async function isNeeded(manager: EntityManager, patientId: string, blobId: string): Promise<boolean> {
  for (const { table, column } of blobUses(manager)) {
    const found: unknown[] = await manager.sql`
      SELECT 1 FROM ${() => `"${table}"`}
      WHERE "patientId" = ${patientId} AND ${() => `"${column}"`} = ${blobId} LIMIT 1`;
    if (found.length > 0) return true;
  }
  return false;
}

/** Blobs that nothing needs. */
export function unneededBlobs(manager: EntityManager): Promise<{ id: string; patientId: string }[]> {
  const uses = blobUses(manager).map(
    ({ table, column }) => `"id" NOT IN (SELECT "${column}" FROM "${table}" WHERE "${column}" IS NOT NULL)`,
  );
  return manager.query(`SELECT "id", "patientId" FROM "blob" WHERE ${['1 = 1', ...uses].join(' AND ')}`);
}
