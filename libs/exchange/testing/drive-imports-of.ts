import { pino } from 'pino';
import { DriveNode, WaitingFiles } from '@vitrine/drive';
import { Account, Patient } from '@vitrine/identity';
import type { Clock } from '@vitrine/kernel';
import { DriveImports } from '../src/drive-imports.js';
import type { ExchangeBench } from './exchange-bench.js';

/** What offers the files of a bench's drive to its records. @param clock decides what has come to rest. */
export function driveImportsOf(bench: ExchangeBench, clock: Clock = bench.clock): DriveImports {
  const { dataSource } = bench.database;
  return new DriveImports(
    dataSource.getRepository(Account),
    dataSource.getRepository(Patient),
    waitingFilesOf(bench),
    bench.imports,
    bench.uploads,
    bench.vault,
    clock,
    bench.settings,
    pino({ level: 'silent' }),
  );
}

export const waitingFilesOf = ({ database, clock }: ExchangeBench): WaitingFiles =>
  new WaitingFiles(database.dataSource.getRepository(DriveNode), database.transactor, clock);
