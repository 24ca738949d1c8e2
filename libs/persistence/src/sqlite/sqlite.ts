import { dirname } from 'node:path';
import type { DataSource } from 'typeorm';
import { Ballast } from '../ballast.js';
import type { Dialect } from '../dialect.js';
import { dataSourceOptions } from '../data-source.js';
import { driverErrorOf } from '../driver-error.js';
import { sqliteSearch } from './sqlite-search.js';

/** The second is said where the index of the WAL cannot grow. */
const NO_ROOM = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']);

/** The embedded database. */
export const sqlite: Dialect = {
  options: ({ dataDir, key }, entities) => {
    if (key === undefined) throw new Error('The embedded database is not opened without its key.');
    return dataSourceOptions(dataDir, entities, key);
  },
  prepare: () => undefined,
  judge: (error) => {
    const { code = '' } = driverErrorOf(error);
    if (NO_ROOM.has(code)) return 'vault.disk-full';
    return code.startsWith('SQLITE_BUSY') ? 'again' : undefined;
  },
  makeRoom: async (dataSource) => {
    await forgetTransaction(dataSource);
    return new Ballast(dirname(String(dataSource.options.database))).release();
  },
  vacuum: async (dataSource) => {
    await dataSource.query('VACUUM');
  },
  search: sqliteSearch,
};

/** SQLite has rolled back by itself, so TypeORM's own try fails and it takes the transaction for still open. */
async function forgetTransaction(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  if (!runner.isTransactionActive) return;
  await runner.query('BEGIN').catch(() => undefined);
  await runner.rollbackTransaction();
}
