import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock, newId, Problem } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import { DriveNode } from './drive-node.entity.js';
import { isFolder, MOST_NODES } from './tree.js';

/** An archive may hold one name a hundred thousand times. */
const MOST_ATTEMPTS = 20;

/** A file of a drive with where it lies: the names from the top folder downwards. */
export interface DriveFile {
  readonly path: readonly string[];
  readonly blobId: string;
  readonly bytes: number;
  readonly modifiedAt: string;
}

/** Whole drives on their way out of an installation, and into another one. */
@Injectable()
export class DriveTransfer {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly vault: VaultService,
    private readonly clock: Clock,
  ) {}

  /** Every file that is not empty, in an order that does not change. */
  async files(patientId: string): Promise<DriveFile[]> {
    const nodes = await this.database.manager.find(DriveNode, {
      where: { patientId },
      order: { name: 'ASC', id: 'ASC' },
    });
    const children = new Map<string, DriveNode[]>();
    for (const node of nodes) {
      const there = children.get(node.parentId);
      if (there) there.push(node);
      else children.set(node.parentId, [node]);
    }
    const files: DriveFile[] = [];
    const folders = [{ id: patientId, path: [] as readonly string[] }];
    for (const { id, path } of folders)
      for (const node of children.get(id) ?? []) {
        const { blobId, bytes, modifiedAt, name } = node;
        if (blobId === null) folders.push({ id: node.id, path: [...path, name] });
        else if (bytes > 0) files.push({ path: [...path, name], blobId, bytes, modifiedAt });
      }
    return files;
  }

  /**
   * Puts files where they were, within the caller's transaction. Overwrites nothing: a name that is taken by something
   * else gets a number before it, and what is there already is not put there twice. They are not offered to the record.
   * Returns how many are new. Throws `vault.quota-exceeded` where the drive would have too many names, and `kernel.busy`
   * where bytes are not there any more, because what shared them was removed.
   */
  async bring(
    manager: EntityManager,
    patientId: string,
    files: readonly Pick<DriveFile, 'path' | 'blobId' | 'bytes'>[],
  ): Promise<number> {
    const blobIds = files.map(({ blobId }) => blobId);
    const there = await this.vault.existing(manager, patientId, blobIds);
    if (there.size < new Set(blobIds).size) throw new Problem('kernel.busy');
    const folders = new Map<string, string>();
    let brought = 0;
    for (const { path, blobId, bytes } of files) {
      let parentId = patientId;
      for (let depth = 1; depth < path.length; depth++) {
        const key = path.slice(0, depth).join('/');
        parentId =
          folders.get(key) ?? (await this.folder(manager, patientId, parentId, path[depth - 1] ?? ''));
        folders.set(key, parentId);
      }
      const name = path.at(-1) ?? '';
      const free = await freeName(manager, { patientId, parentId, name }, (there) => there.blobId === blobId);
      if (free.node !== undefined) continue;
      await manager.insert(DriveNode, this.newNode({ patientId, parentId, name: free.name, blobId, bytes }));
      brought++;
    }
    if (brought > 0 && (await manager.countBy(DriveNode, { patientId })) > MOST_NODES)
      throw new Problem('vault.quota-exceeded');
    return brought;
  }

  private async folder(
    manager: EntityManager,
    patientId: string,
    parentId: string,
    name: string,
  ): Promise<string> {
    const free = await freeName(manager, { patientId, parentId, name }, isFolder);
    if (free.node !== undefined) return free.node.id;
    const node = this.newNode({ patientId, parentId, name: free.name, blobId: null, bytes: 0 });
    await manager.insert(DriveNode, node);
    return node.id;
  }

  private newNode(facts: Pick<DriveNode, 'patientId' | 'parentId' | 'name' | 'blobId' | 'bytes'>): DriveNode {
    const now = this.clock.instant();
    return { id: newId(), version: newId(), createdAt: now, modifiedAt: now, pendingSince: null, ...facts };
  }
}

/** The first of `name`, `2-name`, `3-name`, … that is free, or the node there that will do. */
async function freeName(
  manager: EntityManager,
  { patientId, parentId, name }: Pick<DriveNode, 'patientId' | 'parentId' | 'name'>,
  willDo: (there: DriveNode) => boolean,
): Promise<{ readonly name: string; readonly node?: DriveNode }> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    const candidate = attempt === 1 ? name : `${attempt}-${name}`;
    const node = await manager.findOneBy(DriveNode, { patientId, parentId, name: candidate });
    if (node === null) return { name: candidate };
    if (willDo(node)) return { name: candidate, node };
  }
  return { name: `${newId()}-${name}` };
}
