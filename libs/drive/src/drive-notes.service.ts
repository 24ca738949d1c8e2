import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In, LessThanOrEqual, type EntityManager } from 'typeorm';
import { Clock, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { requireConditions, tokensOf } from './conditions.js';
import type { DriveRequest } from './drive.service.js';
import { DriveLock } from './drive-lock.entity.js';
import type { DriveNode } from './drive-node.entity.js';
import { DriveProperty } from './drive-property.entity.js';
import { lockedBy, locksInTheWay, locksOn, locksReaching, requireTokens } from './locks.js';
import { childrenOf, locate, subtreeOf, type Place } from './tree.js';

/** Sets a dead property to a whole element, or removes it. */
export interface PropertyEdit {
  readonly namespace: string;
  readonly name: string;
  readonly xml: string | null;
}

export interface LockWish extends Pick<DriveLock, 'scope' | 'depth' | 'owner'> {
  readonly seconds: number;
}

/** A lock and the path that was locked. */
export interface PlacedLock {
  readonly lock: DriveLock;
  readonly path: readonly string[];
}

export interface Known {
  readonly node: DriveNode;
  readonly properties: readonly DriveProperty[];
  readonly locks: readonly PlacedLock[];
}

const PROPERTIES_PER_NODE = 100;
const LONGEST_PROPERTY = 16 * 1024;
const LOCKS_AT_ONCE = 1000;
const IDS_AT_ONCE = 500;

/** What is known about the nodes of a drive, and what clients note about them: dead properties and locks. */
@Injectable()
export class DriveNotes {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
  ) {}

  /** The node, and for a listing its children, with everything known. Throws `delegation.not-visible`. */
  async look(
    patientId: string,
    path: readonly string[],
    options: { readonly children: boolean },
  ): Promise<{ self: Known; children: Known[] }> {
    const { manager } = this.database;
    const { node, chain } = await locate(manager, patientId, path);
    if (node === undefined) throw new Problem('delegation.not-visible');
    const children = options.children && node.blobId === null ? await childrenOf(manager, node) : [];
    const ids = [node.id, ...children.map(({ id }) => id)];
    const properties = await propertiesOf(manager, patientId, ids);
    const now = this.clock.instant();
    const above = placed(chain, await locksReaching(manager, chain, now));
    const own = await locksOn(
      manager,
      patientId,
      children.map(({ id }) => id),
      now,
    );
    const inherited = above.filter(({ lock }) => lock.depth === 'infinity');
    const on = (id: string) => own.filter(({ nodeId }) => nodeId === id);
    return {
      self: { node, properties: properties.get(node.id) ?? [], locks: above },
      children: children.map((child) => ({
        node: child,
        properties: properties.get(child.id) ?? [],
        locks: [...inherited, ...on(child.id).map((lock) => ({ lock, path: [...path, child.name] }))],
      })),
    };
  }

  /** The file at a path. Throws `delegation.not-visible` where there is nothing. */
  async find(patientId: string, path: readonly string[]): Promise<DriveNode> {
    const { node } = await locate(this.database.manager, patientId, path);
    if (node === undefined) throw new Problem('delegation.not-visible');
    return node;
  }

  /** All edits, one after the other, or none (RFC 4918 §9.2). */
  async edit(request: DriveRequest, edits: readonly PropertyEdit[]): Promise<void> {
    const { patientId } = request;
    if (edits.some(({ xml }) => (xml?.length ?? 0) > LONGEST_PROPERTY))
      throw new Problem('vault.quota-exceeded');
    await this.transactor.run(async (manager) => {
      const { node } = await this.allowed(manager, request);
      for (const { namespace, name, xml } of edits) {
        await manager.delete(DriveProperty, { nodeId: node.id, namespace, name });
        if (xml !== null)
          await manager.insert(DriveProperty, { nodeId: node.id, namespace, name, patientId, xml });
      }
      if ((await manager.countBy(DriveProperty, { nodeId: node.id })) > PROPERTIES_PER_NODE)
        throw new Problem('vault.quota-exceeded');
    });
  }

  /** Throws `drive.locked` where a lock is in the way (RFC 4918 §6.1, §6.2). The node must be there. */
  async lock(request: DriveRequest, { seconds, ...wish }: LockWish): Promise<PlacedLock> {
    const { patientId, path } = request;
    return this.transactor.run(async (manager) => {
      const now = this.clock.instant();
      await manager.delete(DriveLock, { patientId, expiresAt: LessThanOrEqual(now) });
      if ((await manager.countBy(DriveLock, { patientId })) >= LOCKS_AT_ONCE)
        throw new Problem('vault.quota-exceeded');
      const place = await locate(manager, patientId, path);
      const { node } = place;
      if (node === undefined) throw new Problem('delegation.not-visible');
      await requireConditions(manager, patientId, place, request.conditions, now);
      const there = await locksReaching(manager, place.chain, now);
      if (wish.depth === 'infinity') {
        const inside = (await subtreeOf(manager, node)).map(({ id }) => id);
        there.push(...(await locksOn(manager, patientId, inside, now)));
      }
      const other = there.find(({ scope }) => scope === 'exclusive' || wish.scope === 'exclusive');
      if (other !== undefined) throw await lockedBy(manager, other);
      const token = `urn:uuid:${randomUUID()}`;
      const lock = { ...wish, token, patientId, nodeId: node.id, expiresAt: this.clock.inMs(seconds * 1000) };
      await manager.insert(DriveLock, lock);
      return { lock, path };
    });
  }

  /** Lets the locks that the request names last again (RFC 4918 §9.10.2). Throws `drive.precondition` when none reaches here. */
  async refresh(request: DriveRequest, seconds: number): Promise<PlacedLock[]> {
    const { patientId, path, conditions } = request;
    return this.transactor.run(async (manager) => {
      const now = this.clock.instant();
      const { chain, node } = await locate(manager, patientId, path);
      if (node === undefined) throw new Problem('delegation.not-visible');
      const tokens = tokensOf(conditions);
      const locks = (await locksReaching(manager, chain, now)).filter(({ token }) => tokens.has(token));
      if (locks.length === 0) throw new Problem('drive.precondition');
      const expiresAt = this.clock.inMs(seconds * 1000);
      for (const lock of locks) {
        lock.expiresAt = expiresAt;
        await manager.update(DriveLock, { token: lock.token }, { expiresAt });
      }
      return placed(chain, locks);
    });
  }

  /** Throws `drive.no-such-lock` when the token is none of a lock that reaches here (RFC 4918 §9.11.1). */
  async unlock({ patientId, path }: DriveRequest, token: string): Promise<void> {
    await this.transactor.run(async (manager) => {
      const { chain, node } = await locate(manager, patientId, path);
      if (node === undefined) throw new Problem('delegation.not-visible');
      const locks = await locksReaching(manager, chain, this.clock.instant());
      if (!locks.some((lock) => lock.token === token)) throw new Problem('drive.no-such-lock');
      await manager.delete(DriveLock, { token });
    });
  }

  private async allowed(
    manager: EntityManager,
    request: DriveRequest,
  ): Promise<{ node: NonNullable<Place['node']> }> {
    const { patientId, conditions } = request;
    const now = this.clock.instant();
    const place = await locate(manager, patientId, request.path);
    const { node } = place;
    if (node === undefined) throw new Problem('delegation.not-visible');
    await requireConditions(manager, patientId, place, conditions, now);
    const change = { membership: false, subtree: false };
    await requireTokens(manager, await locksInTheWay(manager, place, change, now), tokensOf(conditions));
    return { node };
  }
}

async function propertiesOf(
  manager: EntityManager,
  patientId: string,
  ids: readonly string[],
): Promise<Map<string, DriveProperty[]>> {
  const byNode = new Map<string, DriveProperty[]>();
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE)
    for (const one of await manager.findBy(DriveProperty, {
      patientId,
      nodeId: In(ids.slice(at, at + IDS_AT_ONCE)),
    }))
      byNode.set(one.nodeId, [...(byNode.get(one.nodeId) ?? []), one]);
  return byNode;
}

/** With the path of the node that each is on, which the chain leads to. */
const placed = (chain: readonly DriveNode[], locks: readonly DriveLock[]): PlacedLock[] =>
  locks.map((lock) => {
    const end = chain.findIndex(({ id }) => id === lock.nodeId);
    return { lock, path: chain.slice(1, end + 1).map(({ name }) => name) };
  });
