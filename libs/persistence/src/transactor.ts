import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { delay, Problem } from '@vitrine/kernel';
import { dialectOf } from './dialect.js';

/** A flush to a disk that others keep busy takes seconds, and the other process holds the lock meanwhile. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 25;

/**
 * The only way to write: one transaction at a time, in all processes together. TypeORM has one SQLite connection per
 * process, so two transactions that overlap in time would share one SQL transaction, and a rollback of the one would
 * undo the other. Here they queue. On PostgreSQL they have connections of their own, and queue all the same: the rest
 * of the product counts on nothing changing between what a transaction reads and what it writes.
 *
 * Two processes write. SQLite's own wait blocks the event loop, so it is kept short and a transaction that found the
 * file locked is run again; `work` must therefore only touch the database through its manager. So it is where the disk
 * is full, with a slice of the ballast.
 */
@Injectable()
export class Transactor {
  private last: Promise<unknown> = Promise.resolve();

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const turn = this.last.then(() => this.attempt(work));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async attempt<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const dialect = dialectOf(this.database);
    const began = performance.now();
    for (;;) {
      try {
        return await this.database.transaction(work);
      } catch (error) {
        const verdict = dialect.judge(error);
        if (verdict === undefined) throw error;
        if (verdict === 'vault.disk-full' && (await dialect.makeRoom(this.database))) continue;
        if (verdict !== 'again') throw new Problem(verdict, { cause: error });
        if (performance.now() - began > PATIENCE_MS) throw new Problem('kernel.busy', { cause: error });
        await delay(PAUSE_MS);
      }
    }
  }
}
