import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { databaseOptions, newDataSource } from './database.js';
import { DATABASE_PLACE, type DatabasePlace } from './dialect.js';
import { migrations } from './migrations/index.js';
import { Transactor } from './transactor.js';

export interface DatabaseUse {
  readonly entities: readonly Function[];
  /** Bring the database to the version of the program first. One process of an installation does. */
  readonly migrate: boolean;
  /** So often is it tried to open it, so far apart (ms). */
  readonly attempts: number;
  readonly pauseMs: number;
}

/** The database of `DATABASE_PLACE`, and the one way to write. */
@Global()
@Module({ providers: [Transactor], exports: [Transactor] })
export class PersistenceModule {
  static forRoot({ entities, migrate, attempts, pauseMs }: DatabaseUse): DynamicModule {
    return {
      module: PersistenceModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [DATABASE_PLACE],
          useFactory: (place: DatabasePlace) => ({
            ...databaseOptions(place, entities),
            migrationsRun: migrate,
            retryAttempts: attempts,
            retryDelay: pauseMs,
          }),
          dataSourceFactory: (options) => {
            const dataSource = newDataSource(options as DataSourceOptions);
            return migrate ? Promise.resolve(dataSource) : openMigrated(dataSource);
          },
        }),
      ],
    };
  }
}

/** Rejects as long as another process has not brought the database to this version; then it is tried again. */
async function openMigrated(dataSource: DataSource): Promise<DataSource> {
  await dataSource.initialize();
  try {
    const rows: readonly { readonly name: string }[] = await dataSource.query(
      'SELECT "name" FROM "migrations"',
    );
    const done = new Set(rows.map(({ name }) => name));
    const missing = migrations.find(({ name }) => !done.has(name));
    if (missing) throw new Error(`The database is not yet at the version of the program: ${missing.name}`);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}
