import type { KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder, type Clock } from '@vitrine/kernel';
import {
  isSignedBy,
  nextCheckpoint,
  Notary,
  NotContinued,
  publicKeyOf,
  type Checkpoint,
  type CheckpointClaim,
  type NotaryState,
} from '@vitrine/sealing';
import { refused } from '../permits.js';

/** Remembers in a file of root's, beside the secret of the host that its key follows from. */
export class FileNotary extends Notary {
  private readonly publicKey: string;

  constructor(
    private readonly path: string,
    private readonly key: KeyObject,
    private readonly clock: Clock,
  ) {
    super();
    this.publicKey = publicKeyOf(key);
  }

  override state(): Promise<NotaryState> {
    return Promise.resolve({ publicKey: this.publicKey, last: this.last() });
  }

  override async sign(claim: CheckpointClaim): Promise<Checkpoint> {
    const last = this.last();
    const checkpoint = this.next(last, claim);
    if (checkpoint !== last) await this.remember(checkpoint);
    return checkpoint;
  }

  private next(last: Checkpoint | undefined, claim: CheckpointClaim): Checkpoint {
    try {
      return nextCheckpoint(this.key, last, claim, this.clock.instant());
    } catch (error) {
      if (error instanceof NotContinued) throw refused(error.message);
      throw error;
    }
  }

  /** Read each time: a file of a few hundred bytes, and an operator may take it away. */
  private last(): Checkpoint | undefined {
    const checkpoint = readCheckpoint(this.path);
    if (checkpoint && !isSignedBy(this.publicKey, checkpoint))
      throw new Error(`${this.path} was not written by this installation's session host.`);
    return checkpoint;
  }

  /** Before anybody gets it: what was answered once is never forgotten. */
  private async remember(checkpoint: Checkpoint): Promise<void> {
    // Always the same name: what a kill leaves of it is written over, and nobody else writes here.
    const draft = `${this.path}.draft`;
    const fd = openSync(draft, 'w', 0o600);
    try {
      writeFileSync(fd, `${JSON.stringify(checkpoint)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, this.path);
    await syncFolder(dirname(this.path));
  }
}

/** What a notary remembers; undefined where there is no such file. */
export function readCheckpoint(path: string): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Checkpoint;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
