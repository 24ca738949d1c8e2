import { Global, Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '@vitrine/audit';
import { Clock, LOGGER, SETTINGS, SystemClock, type Logger, type Settings } from '@vitrine/kernel';
import { PersistenceModule } from '@vitrine/persistence';
import { ENTITIES } from './entities.js';

// Both processes start at once, and the other one may be migrating.
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
        PersistenceModule.forRoot(settings, {
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
        { provide: Clock, useClass: SystemClock },
      ],
      exports: [SETTINGS, LOGGER, Clock],
    };
  }
}
