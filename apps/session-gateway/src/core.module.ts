import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '@vitrine/audit';
import { Clock, LOGGER, SETTINGS, systemClock, type Logger, type Settings } from '@vitrine/kernel';
import {
  askDatabaseKey,
  DATABASE_PLACE,
  databaseKeySocket,
  PersistenceModule,
  type DatabasePlace,
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
        PersistenceModule.forRoot({
          entities: ENTITIES,
          migrate: false,
          attempts: RETRY_ATTEMPTS,
          pauseMs: RETRY_DELAY_MS,
        }),
        AuditModule,
      ],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOGGER, useValue: logger },
        { provide: Clock, useFactory: () => systemClock(logger) },
        { provide: DATABASE_PLACE, useFactory: () => placeOf(settings) },
      ],
      exports: [SETTINGS, LOGGER, Clock, DATABASE_PLACE],
    };
  }
}

async function placeOf({ dataDir, databaseUrl, runDir }: Settings): Promise<DatabasePlace> {
  if (databaseUrl !== undefined) return { dataDir, databaseUrl };
  return { dataDir, key: await askDatabaseKey(databaseKeySocket(runDir), KEY_WITHIN_MS) };
}
