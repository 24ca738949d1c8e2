import { dirname } from 'node:path';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, QueryFailedError, type EntityManager } from 'typeorm';
import { delay, Problem } from '@vitrine/kernel';
import { Ballast } from './ballast.js';

/** A flush to a disk that others keep busy takes seconds, and the other process holds the lock meanwhile. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 25;
/** The second is said where the index of the WAL cannot grow. */
const NO_ROOM = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']);

/**
 * The only way to write. TypeORM has one SQLite connection per process, so two transactions that overlap in time
 * would share one SQL transaction, and a rollback of the one would undo the other. Here they queue.
 *
 * Two processes write to the file. SQLite's own wait blocks the event loop, so it is kept short and a transaction
 * that found the file locked is run again; `work` must therefore only touch the database through its manager. So it is
 * where the disk is full, with a slice of the ballast.
 */
@Injectable()
export class Transactor {
  private last: Promise<unknown> = Promise.resolve();
  private readonly ballast: Ballast;

  constructor(@InjectDataSource() private readonly database: DataSource) {
    this.ballast = new Ballast(dirname(String(database.options.database)));
  }

  run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const turn = this.last.then(() => this.attempt(work));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async attempt<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const began = performance.now();
    for (;;) {
      try {
        return await this.database.transaction(work);
      } catch (error) {
        const code = sqliteCode(error);
        if (code !== undefined && NO_ROOM.has(code)) {
          await this.forgetTransaction();
          if (await this.ballast.release()) continue;
          throw new Problem('vault.disk-full', { cause: error });
        }
        if (!code?.startsWith('SQLITE_BUSY')) throw error;
        if (performance.now() - began > PATIENCE_MS) throw new Problem('kernel.busy', { cause: error });
        await delay(PAUSE_MS);
      }
    }
  }

  /** SQLite has rolled back by itself, so TypeORM's own try fails and it takes the transaction for still open. */
  private async forgetTransaction(): Promise<void> {
    const runner = this.database.createQueryRunner();
    if (!runner.isTransactionActive) return;
    await runner.query('BEGIN').catch(() => undefined);
    await runner.rollbackTransaction();
  }
}

const sqliteCode = (error: unknown): string | undefined =>
  error instanceof QueryFailedError
    ? (error.driverError as { code?: string }).code
    : (error as { code?: string }).code;
