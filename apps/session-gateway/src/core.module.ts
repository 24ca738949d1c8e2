import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '@vitrine/audit';
import { Clock, LOGGER, SETTINGS, SystemClock, type Logger, type Settings } from '@vitrine/kernel';
import {
  askDatabaseKey,
  databaseKeySocket,
  dataSourceOptions,
  PersistenceModule,
} from '@vitrine/persistence';
import { ENTITIES } from './entities.js';

// Both processes start at once, and the other one may be encrypting or migrating.
const KEY_WITHIN_MS = 60_000;
const RETRY_DELAY_MS = 250;
const RETRY_ATTEMPTS = 240;

/** What every part needs: settings, clock, log and database. */
@Global()
@Module({})
export class CoreModule {
  static forRoot(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: CoreModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: async () => ({
            ...dataSourceOptions(
              settings.dataDir,
              ENTITIES,
              await askDatabaseKey(databaseKeySocket(settings.runDir), KEY_WITHIN_MS),
            ),
            retryDelay: RETRY_DELAY_MS,
            retryAttempts: RETRY_ATTEMPTS,
          }),
        }),
        PersistenceModule,
        AuditModule,
      ],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: logger },
        { provide: Clock, useClass: SystemClock },
      ],
      exports: [SETTINGS, LOGGER, Clock],
    };
  }
}
