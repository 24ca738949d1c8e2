import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '@vitrine/audit';
import { Clock, LOGGER, SETTINGS, systemClock, type Logger, type Settings } from '@vitrine/kernel';
import { Ballast, DATABASE_PLACE, PersistenceModule, type DatabasePlace } from '@vitrine/persistence';
import { openDatabaseKey } from '@vitrine/vault';
import { DatabaseKeyDoor } from './database-key-door.js';
import { ENTITIES } from './entities.js';

// A machine starts its services all at once, and the database server may be one of them.
const RETRY_DELAY_MS = 1_000;
const RETRY_ATTEMPTS = 60;

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
          migrate: true,
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
        DatabaseKeyDoor,
      ],
      exports: [SETTINGS, LOGGER, Clock, DATABASE_PLACE],
    };
  }
}

async function placeOf(settings: Settings): Promise<DatabasePlace> {
  const { dataDir, databaseUrl } = settings;
  const key = databaseUrl === undefined ? await openDatabaseKey(settings) : undefined;
  await new Ballast(dataDir).makeRoomToStart();
  return { dataDir, databaseUrl, key };
}
