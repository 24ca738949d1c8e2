import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock, newId, Problem } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { VaultService, type StoredFile } from '@vitrine/vault';
import { requireConditions, tokensOf, type Conditions } from './conditions.js';
import { DriveLock } from './drive-lock.entity.js';
import { DriveNode } from './drive-node.entity.js';
import { DriveProperty } from './drive-property.entity.js';
import { isLitter } from './litter.js';
import { locksInTheWay, requireTokens, type Change } from './locks.js';
import { dropNodes, isFolder, locate, MOST_NODES, subtreeOf, type Place } from './tree.js';

/** What is asked of a drive: whose, where, and under what conditions. */
export interface DriveRequest {
  readonly patientId: string;
  readonly path: readonly string[];
  readonly conditions: Conditions;
}

export interface Destination {
  readonly path: readonly string[];
  readonly overwrite: boolean;
}

export interface Written {
  /** False: something was there and has been replaced. */
  readonly created: boolean;
  readonly node: DriveNode;
}

const CONTENT: Change = { membership: false, subtree: false };
const COMING: Change = { membership: true, subtree: false };
const GOING: Change = { membership: true, subtree: true };

/** Changes a patient's drive. What is refused leaves everything as it was. */
@Injectable()
export class DriveService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly transactor: Transactor,
    private readonly vault: VaultService,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores a file, in the place of another one if there is. When it returns, bytes and name survive a power cut. Throws
   * `drive.no-such-folder`, `drive.not-possible`, `drive.locked`, `drive.precondition` and the Problems of a vault or a disk without
   * room; then, as when the content breaks off, nothing has changed.
   *
   * @param announcedBytes what is going to come, where that is known; 0 otherwise.
   */
  async put(request: DriveRequest, content: AsyncIterable<Uint8Array>, announcedBytes = 0): Promise<Written> {
    const { patientId } = request;
    // Who may not write here hears of it before a gigabyte came.
    await this.writable(this.database.manager, request);
    if (announcedBytes > (await this.vault.roomFor(patientId))) throw new Problem('vault.quota-exceeded');
    return this.withBytes(patientId, content, (manager, stored) => this.write(manager, request, stored));
  }

  /** Makes an empty file where there is nothing, for a lock on a name that is not there yet (RFC 4918 §7.3). */
  async reserve(request: DriveRequest): Promise<Written> {
    const place = await locate(this.database.manager, request.patientId, request.path);
    if (place.node !== undefined) return { created: false, node: place.node };
    return this.put(request, nothing());
  }

  /** Throws `drive.exists` where there is something already, and what `put` does. */
  async makeFolder(request: DriveRequest): Promise<void> {
    const { patientId } = request;
    await this.transactor.run(async (manager) => {
      const place = await this.find(manager, request);
      if (place.node !== undefined) throw new Problem('drive.exists');
      await this.allow(manager, request, place, COMING);
      const { id: parentId } = await this.parentOf(manager, place);
      await manager.insert(DriveNode, this.newNode(patientId, parentId, nameOf(place)));
    });
  }

  /** Removes a file, or a folder with everything in it. The record keeps what it has taken from there. */
  async remove(request: DriveRequest): Promise<void> {
    const erased = await this.transactor.run(async (manager) => {
      const place = await this.find(manager, request);
      if (place.node === undefined) throw new Problem('delegation.not-visible');
      if (place.parent === undefined) throw new Problem('drive.not-here');
      await this.allow(manager, request, place, GOING);
      return this.drop(manager, place.node);
    });
    await this.vault.erase(request.patientId, erased);
  }

  /** Copies a file, or a folder with what is in it unless it is to be `shallow`. No byte is stored twice. */
  async copy(
    request: DriveRequest,
    to: Destination,
    { shallow }: { readonly shallow: boolean },
  ): Promise<{ created: boolean }> {
    return this.bring(request, to, CONTENT, async (manager, node, parentId, name) => {
      const nodes = shallow ? [node] : await subtreeOf(manager, node);
      await this.requireRoom(manager, request.patientId, nodes.length);
      const copies = new Map<string, string>(nodes.map(({ id }) => [id, newId()]));
      for (const one of nodes) {
        const id = copies.get(one.id) ?? '';
        const place =
          one === node ? { parentId, name } : { parentId: copies.get(one.parentId) ?? '', name: one.name };
        const facts = { id, ...place, version: newId(), createdAt: this.clock.instant() };
        await manager.insert(DriveNode, withChanges(one, facts));
        for (const { namespace, name: property, xml } of await manager.findBy(DriveProperty, {
          nodeId: one.id,
        }))
          await manager.insert(DriveProperty, {
            nodeId: id,
            patientId: one.patientId,
            namespace,
            name: property,
            xml,
          });
      }
    });
  }

  /** Gives a file or a folder another place or name. Locks stay behind (RFC 4918 §7.5). */
  async move(request: DriveRequest, to: Destination): Promise<{ created: boolean }> {
    return this.bring(request, to, GOING, async (manager, node, parentId, name) => {
      const ids = (await subtreeOf(manager, node)).map(({ id }) => id);
      for (const nodeId of ids) await manager.delete(DriveLock, { nodeId });
      await manager.update(
        DriveNode,
        { id: node.id },
        {
          parentId,
          name,
          // Many programs write beside a file first and give the new one its name then.
          ...(isLitter(node.name) && isForRecord(withChanges(node, { name }))
            ? { pendingSince: this.clock.instant() }
            : {}),
        },
      );
    });
  }

  /** Looks up, and refuses what is not to be changed. */
  private async writable(manager: EntityManager, request: DriveRequest): Promise<Place> {
    const place = await this.find(manager, request);
    if (place.node !== undefined && isFolder(place.node)) throw new Problem('drive.not-possible');
    await this.allow(manager, request, place, place.node === undefined ? COMING : CONTENT);
    if (place.node === undefined) await this.parentOf(manager, place);
    return place;
  }

  private async write(
    manager: EntityManager,
    request: DriveRequest,
    { blobId, bytes }: StoredFile,
  ): Promise<{ result: Written; unneeded: string[] }> {
    const { patientId } = request;
    const { node, parent, ...place } = await this.writable(manager, request);
    const now = this.clock.instant();
    const facts = { blobId, bytes, version: newId(), modifiedAt: now };
    const before = node ?? this.newNode(patientId, parent?.id ?? patientId, nameOf(place));
    const written = withChanges(before, facts);
    written.pendingSince = isForRecord(written) ? now : null;
    await manager.save(DriveNode, written);
    return {
      result: { created: node === undefined, node: written },
      unneeded: node?.blobId == null ? [] : [node.blobId],
    };
  }

  /** Stores bytes, then has `work` name them; whatever goes wrong, nothing that nobody names stays. */
  private async withBytes(
    patientId: string,
    content: AsyncIterable<Uint8Array>,
    work: (
      manager: EntityManager,
      stored: StoredFile,
    ) => Promise<{ result: Written; unneeded: readonly string[] }>,
  ): Promise<Written> {
    const stored = await this.vault.put(patientId, content);
    try {
      const { written, erased } = await this.transactor.run(async (manager) => {
        // The record may have let go of the same bytes in the meantime.
        if ((await this.vault.existing(manager, patientId, [stored.blobId])).size === 0)
          throw new Problem('kernel.busy');
        const { result, unneeded } = await work(manager, stored);
        return { written: result, erased: await this.vault.forgetUnneeded(manager, patientId, unneeded) };
      });
      await this.vault.erase(patientId, erased);
      return written;
    } catch (error) {
      await this.vault.release(patientId, [stored.blobId]);
      throw error;
    }
  }

  /** COPY and MOVE (RFC 4918 §9.8, §9.9): clears the destination, then lets `work` put the node there. */
  private async bring(
    request: DriveRequest,
    to: Destination,
    atSource: Change,
    work: (manager: EntityManager, node: DriveNode, parentId: string, name: string) => Promise<void>,
  ): Promise<{ created: boolean }> {
    const { patientId } = request;
    const { created, erased } = await this.transactor.run(async (manager) => {
      const from = await this.find(manager, request);
      if (from.node === undefined) throw new Problem('delegation.not-visible');
      if (from.parent === undefined || within(request.path, to.path) || within(to.path, request.path))
        throw new Problem('drive.not-here');
      const target = await locate(manager, patientId, to.path);
      const isCopy = atSource === CONTENT;
      await requireConditions(manager, patientId, from, request.conditions, this.clock.instant());
      if (!isCopy) await this.requireUnlocked(manager, request, from, atSource);
      if (target.node !== undefined && !to.overwrite) throw new Problem('drive.precondition');
      await this.requireUnlocked(manager, request, target, GOING);
      const { id: parentId } = await this.parentOf(manager, target);
      const unneeded = target.node === undefined ? [] : await this.drop(manager, target.node);
      await work(manager, from.node, parentId, nameOf(target));
      return { created: target.node === undefined, erased: unneeded };
    });
    await this.vault.erase(patientId, erased);
    return { created };
  }

  private async drop(manager: EntityManager, node: DriveNode): Promise<string[]> {
    const blobIds = await dropNodes(manager, await subtreeOf(manager, node));
    return this.vault.forgetUnneeded(manager, node.patientId, blobIds);
  }

  private find(manager: EntityManager, { patientId, path }: DriveRequest): Promise<Place> {
    return locate(manager, patientId, path);
  }

  private async allow(
    manager: EntityManager,
    request: DriveRequest,
    place: Place,
    change: Change,
  ): Promise<void> {
    await requireConditions(manager, request.patientId, place, request.conditions, this.clock.instant());
    await this.requireUnlocked(manager, request, place, change);
  }

  private async requireUnlocked(
    manager: EntityManager,
    { conditions }: DriveRequest,
    place: Place,
    change: Change,
  ): Promise<void> {
    const locks = await locksInTheWay(manager, place, change, this.clock.instant());
    await requireTokens(manager, locks, tokensOf(conditions));
  }

  /** The folder that something new goes into. */
  private async parentOf(manager: EntityManager, { parent, path }: Place): Promise<DriveNode> {
    if (parent === undefined)
      throw new Problem(path.length === 0 ? 'drive.not-here' : 'drive.no-such-folder');
    await this.requireRoom(manager, parent.patientId, 1);
    return parent;
  }

  private async requireRoom(manager: EntityManager, patientId: string, more: number): Promise<void> {
    if ((await manager.countBy(DriveNode, { patientId })) + more > MOST_NODES)
      throw new Problem('vault.quota-exceeded');
  }

  private newNode(patientId: string, parentId: string, name: string): DriveNode {
    const now = this.clock.instant();
    return {
      id: newId(),
      patientId,
      parentId,
      name,
      blobId: null,
      bytes: 0,
      version: newId(),
      createdAt: now,
      modifiedAt: now,
      pendingSince: null,
    };
  }
}

const withChanges = (node: DriveNode, changes: Partial<DriveNode>): DriveNode =>
  Object.assign(new DriveNode(), node, changes);

const nameOf = ({ path }: Pick<Place, 'path'>): string => path.at(-1) ?? '';

const isForRecord = ({ name, bytes, blobId }: DriveNode): boolean =>
  blobId !== null && bytes > 0 && !isLitter(name);

/** Is `path` the same as `folder` or below it? */
const within = (folder: readonly string[], path: readonly string[]): boolean =>
  folder.every((name, index) => path[index] === name);

// eslint-disable-next-line @typescript-eslint/require-await
async function* nothing(): AsyncGenerator<Uint8Array> {
  yield* [];
}
