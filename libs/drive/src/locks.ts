import { In, MoreThan, type EntityManager } from 'typeorm';
import { Problem } from '@vitrine/kernel';
import { DriveLock } from './drive-lock.entity.js';
import { DriveNode } from './drive-node.entity.js';
import { subtreeOf, type Place } from './tree.js';

/** SQLite takes a bounded number of parameters in one statement. */
const IDS_AT_ONCE = 500;

/** Locks that hold now on any of these nodes. */
export async function locksOn(
  manager: EntityManager,
  patientId: string,
  nodeIds: readonly string[],
  now: string,
): Promise<DriveLock[]> {
  const found: DriveLock[] = [];
  for (let at = 0; at < nodeIds.length; at += IDS_AT_ONCE)
    found.push(
      ...(await manager.findBy(DriveLock, {
        patientId,
        nodeId: In(nodeIds.slice(at, at + IDS_AT_ONCE)),
        expiresAt: MoreThan(now),
      })),
    );
  return found;
}

/** Those that reach the end of the chain: on the last node itself, or of any depth from further up. */
export async function locksReaching(
  manager: EntityManager,
  chain: readonly DriveNode[],
  now: string,
): Promise<DriveLock[]> {
  const last = chain.at(-1);
  if (last === undefined) return [];
  const found = await locksOn(
    manager,
    last.patientId,
    chain.map(({ id }) => id),
    now,
  );
  return found.filter(({ nodeId, depth }) => nodeId === last.id || depth === 'infinity');
}

export interface Change {
  /** A name comes into the parent folder or goes out of it. */
  readonly membership: boolean;
  /** What lies in the node goes too. */
  readonly subtree: boolean;
}

/** Every lock that stands in the way of a change at a place (RFC 4918 §7). */
export async function locksInTheWay(
  manager: EntityManager,
  place: Place,
  change: Change,
  now: string,
): Promise<DriveLock[]> {
  const { chain, node, parent } = place;
  const found = await locksReaching(manager, chain, now);
  if (change.membership && node !== undefined && parent !== undefined)
    found.push(...(await locksOn(manager, parent.patientId, [parent.id], now)));
  if (change.subtree && node !== undefined) {
    const inside = (await subtreeOf(manager, node)).map(({ id }) => id);
    found.push(...(await locksOn(manager, node.patientId, inside, now)));
  }
  return found;
}

/**
 * Throws `drive.locked` unless the request named, for every locked node, one of its locks. Shared locks of one node
 * stand for each other.
 */
export async function requireTokens(
  manager: EntityManager,
  locks: readonly DriveLock[],
  tokens: ReadonlySet<string>,
): Promise<void> {
  const open = new Set(locks.filter(({ token }) => tokens.has(token)).map(({ nodeId }) => nodeId));
  const closed = locks.find(({ nodeId }) => !open.has(nodeId));
  if (closed !== undefined) throw await lockedBy(manager, closed);
}

/** The Problem `drive.locked`, with the path that is locked. */
export async function lockedBy(manager: EntityManager, { nodeId, patientId }: DriveLock): Promise<Problem> {
  const lockedPath: string[] = [];
  for (let id = nodeId; id !== patientId;) {
    const node = await manager.findOneBy(DriveNode, { id, patientId });
    if (node === null) break;
    lockedPath.unshift(node.name);
    id = node.parentId;
  }
  return new Problem('drive.locked', { extensions: { lockedPath } });
}
