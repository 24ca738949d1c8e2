import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '@vitrine/audit';
import { Clock, LOGGER, SETTINGS, SystemClock, type Logger, type Settings } from '@vitrine/kernel';
import { Ballast, dataSourceOptions, PersistenceModule } from '@vitrine/persistence';
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
          useFactory: async () => {
            await new Ballast(settings.dataDir).makeRoomToStart();
            return { ...dataSourceOptions(settings.dataDir, ENTITIES), migrationsRun: true };
          },
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
