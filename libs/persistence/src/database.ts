import { DataSource, type DataSourceOptions } from 'typeorm';
import { dialectAt, dialectOf, type DatabasePlace } from './dialect.js';

/** Options of the database at this place, with the given entities and all migrations. */
export const databaseOptions = (place: DatabasePlace, entities: readonly Function[]): DataSourceOptions =>
  dialectAt(place).options(place, entities);

/** Every `DataSource` of the product is made here. It is not open yet. */
export function newDataSource(options: DataSourceOptions): DataSource {
  const dataSource = new DataSource(options);
  dialectOf(dataSource).prepare(dataSource);
  return dataSource;
}
