import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Not, Repository } from 'typeorm';
import { Clock } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { DriveNode } from './drive-node.entity.js';
import { locksReaching } from './locks.js';
import { locate } from './tree.js';

/** A file that the record has not been offered yet. */
export interface WaitingFile {
  readonly nodeId: string;
  readonly blobId: string;
  /** The path below the drive. */
  readonly untrustedName: string;
  readonly version: string;
}

/** Patients of whose files some wait, and since when. */
export interface Waiting {
  readonly patientId: string;
  readonly first: string;
  readonly last: string;
}

/** The files that wait to be offered to the record. */
@Injectable()
export class WaitingFiles {
  constructor(
    @InjectRepository(DriveNode) private readonly nodes: Repository<DriveNode>,
    private readonly transactor: Transactor,
    private readonly clock: Clock,
  ) {}

  patients(): Promise<Waiting[]> {
    return this.nodes.manager.query<Waiting[]>(
      `SELECT "patientId", MIN("pendingSince") AS "first", MAX("pendingSince") AS "last"
         FROM "drive_node" WHERE "pendingSince" IS NOT NULL GROUP BY "patientId"`,
    );
  }

  /** Up to `most` of them, the longest waiting first; none that somebody holds a lock on, for it is not finished. */
  async of(patientId: string, most: number): Promise<WaitingFile[]> {
    const found = await this.nodes.find({
      where: { patientId, pendingSince: Not(IsNull()) },
      order: { pendingSince: 'ASC', id: 'ASC' },
      take: most,
    });
    const files: WaitingFile[] = [];
    for (const node of found) {
      const path = await this.pathOf(node);
      const { chain } = await locate(this.nodes.manager, patientId, path);
      if (node.blobId === null) continue;
      if ((await locksReaching(this.nodes.manager, chain, this.clock.instant())).length > 0) continue;
      files.push({
        nodeId: node.id,
        blobId: node.blobId,
        untrustedName: path.join('/'),
        version: node.version,
      });
    }
    return files;
  }

  /** They have been offered. What was written meanwhile waits on. */
  async done(patientId: string, files: readonly WaitingFile[]): Promise<void> {
    await this.transactor.run(async (manager) => {
      for (const { nodeId, version } of files)
        await manager.update(DriveNode, { patientId, id: nodeId, version }, { pendingSince: null });
    });
  }

  private async pathOf(node: DriveNode): Promise<string[]> {
    const names = [node.name];
    for (let at = node; at.parentId !== at.patientId;) {
      const [parent] = await this.nodes.findBy({ id: In([at.parentId]), patientId: node.patientId });
      if (parent === undefined) break;
      names.unshift(parent.name);
      at = parent;
    }
    return names;
  }
}
