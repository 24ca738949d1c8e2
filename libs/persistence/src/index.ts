export { DATABASE_FILE } from './data-source.js';
export { databaseOptions, newDataSource } from './database.js';
export { dialectAt, dialectOf, type DatabasePlace } from './dialect.js';
export { copyFromServer, copyToServer, isEmptyServer } from './server-copy.js';
export { knowsMigration } from './migrations/index.js';
export { Transactor } from './transactor.js';
export { PersistenceModule } from './persistence.module.js';
