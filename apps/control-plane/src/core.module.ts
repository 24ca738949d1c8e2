import type { KeyObject } from 'node:crypto';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '@vitrine/audit';
import { Clock, LOGGER, SETTINGS, SystemClock, type Logger, type Settings } from '@vitrine/kernel';
import { Ballast, dataSourceOptions, PersistenceModule } from '@vitrine/persistence';
import { openDatabaseKey } from '@vitrine/vault';
import { DATABASE_KEY, DatabaseKeyDoor } from './database-key-door.js';
import { ENTITIES } from './entities.js';

/** What every part needs: settings, clock, log and database. */
@Global()
@Module({})
export class CoreModule {
  static forRoot(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: CoreModule,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [DATABASE_KEY],
          useFactory: async (key: KeyObject) => {
            await new Ballast(settings.dataDir).makeRoomToStart();
            return { ...dataSourceOptions(settings.dataDir, ENTITIES, key), migrationsRun: true };
          },
        }),
        PersistenceModule,
        AuditModule,
      ],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: logger },
        { provide: Clock, useClass: SystemClock },
        { provide: DATABASE_KEY, useFactory: () => openDatabaseKey(settings) },
        DatabaseKeyDoor,
      ],
      exports: [SETTINGS, LOGGER, Clock, DATABASE_KEY],
    };
  }
}
