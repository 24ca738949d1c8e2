export { Ballast, BALLAST_FILE, type DiskRoom } from './ballast.js';
export { DATABASE_FILE, dataSourceOptions } from './data-source.js';
export { knowsMigration } from './migrations/index.js';
export { Transactor } from './transactor.js';
export { PersistenceModule } from './persistence.module.js';
