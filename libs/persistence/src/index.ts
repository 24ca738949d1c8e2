export { dataSourceOptions } from './data-source.js';
export { Transactor } from './transactor.js';
export { PersistenceModule } from './persistence.module.js';
