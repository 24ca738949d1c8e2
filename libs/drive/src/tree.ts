import type { EntityManager } from 'typeorm';
import { DriveLock } from './drive-lock.entity.js';
import { DriveNode } from './drive-node.entity.js';
import { DriveProperty } from './drive-property.entity.js';

/** Where a path leads. */
export interface Place {
  readonly path: readonly string[];
  /** From the top folder downwards, as far as the path exists; with the node where there is one. */
  readonly chain: readonly DriveNode[];
  /** Undefined when a folder on the way is missing, and for the top folder. */
  readonly parent: DriveNode | undefined;
  readonly node: DriveNode | undefined;
}

/** More than anybody has, so that names cannot be made without end. */
export const MOST_NODES = 200_000;

export const isFolder = ({ blobId }: Pick<DriveNode, 'blobId'>): boolean => blobId === null;

const BEGINNING = new Date(0).toISOString();

const topOf = (patientId: string): DriveNode => ({
  id: patientId,
  patientId,
  parentId: '',
  name: '',
  blobId: null,
  bytes: 0,
  version: '',
  createdAt: BEGINNING,
  modifiedAt: BEGINNING,
  pendingSince: null,
});

export async function locate(
  manager: EntityManager,
  patientId: string,
  path: readonly string[],
): Promise<Place> {
  const top = topOf(patientId);
  const chain = [top];
  if (path.length === 0) return { path, chain, parent: undefined, node: top };
  let parent: DriveNode | undefined = top;
  let node: DriveNode | undefined;
  for (const [index, name] of path.entries()) {
    if (index > 0) parent = node !== undefined && isFolder(node) ? node : undefined;
    if (parent === undefined) return { path, chain, parent, node: undefined };
    node = (await manager.findOneBy(DriveNode, { patientId, parentId: parent.id, name })) ?? undefined;
    if (node !== undefined) chain.push(node);
  }
  return { path, chain, parent, node };
}

export const childrenOf = (manager: EntityManager, { patientId, id }: DriveNode): Promise<DriveNode[]> =>
  manager.find(DriveNode, { where: { patientId, parentId: id }, order: { name: 'ASC' } });

/** The node and everything in it; a folder comes before what lies in it. */
export async function subtreeOf(manager: EntityManager, node: DriveNode): Promise<DriveNode[]> {
  const inside = await manager.sql<DriveNode[]>`
    WITH RECURSIVE inside("id", "level") AS (
      SELECT "id", 1 FROM "drive_node" WHERE "patientId" = ${node.patientId} AND "parentId" = ${node.id}
      UNION ALL
      SELECT n."id", "level" + 1 FROM "drive_node" n JOIN inside i ON n."parentId" = i."id"
       WHERE n."patientId" = ${node.patientId})
    SELECT n.* FROM "drive_node" n JOIN inside i ON n."id" = i."id" ORDER BY i."level"`;
  return [node, ...inside];
}

/** Removes the nodes with all that is known of them, and returns the blobs that they had. */
export async function dropNodes(manager: EntityManager, nodes: readonly DriveNode[]): Promise<string[]> {
  for (const { id, patientId } of nodes) {
    await manager.delete(DriveNode, { id, patientId });
    await manager.delete(DriveProperty, { nodeId: id, patientId });
    await manager.delete(DriveLock, { nodeId: id, patientId });
  }
  return nodes.flatMap(({ blobId }) => blobId ?? []);
}
