import type { Dialect } from '../dialect.js';
import { dataSourceOptions } from '../data-source.js';
import { driverErrorOf } from '../driver-error.js';
import { sqliteSearch } from './sqlite-search.js';

/** The embedded database. */
export const sqlite: Dialect = {
  options: ({ dataDir }, entities) => dataSourceOptions(dataDir, entities),
  prepare: () => undefined,
  judge: (error) => {
    const { code } = driverErrorOf(error);
    if (code === 'SQLITE_FULL') return 'vault.disk-full';
    return code?.startsWith('SQLITE_BUSY') === true ? 'again' : undefined;
  },
  vacuum: async (dataSource) => {
    await dataSource.query('VACUUM');
  },
  search: sqliteSearch,
};
