export { Ballast, BALLAST_FILE, type DiskRoom } from './ballast.js';
export { DATABASE_FILE, dataSourceOptions } from './data-source.js';
export { askDatabaseKey, databaseKeySocket, serveDatabaseKey } from './database-key-socket.js';
export { encryptDatabase } from './encrypt-database.js';
export { knowsMigration } from './migrations/index.js';
export { kindOfDatabase, openSqlite, type SqliteConnection } from './sqlite-file.js';
export { Transactor } from './transactor.js';
export { PersistenceModule } from './persistence.module.js';
