import { Module, type DynamicModule } from '@nestjs/common';
import type { Logger, Settings } from '@vitrine/kernel';
import { TunnelModule } from '@vitrine/sessions';
import { CoreModule } from './core.module.js';
import { DisplayDoor } from './display/display-door.js';
import { FirstSweep } from './display/first-sweep.js';
import { TunnelHost } from './display/tunnel-host.js';
import { TunnelRegistry } from './display/tunnel-registry.js';
import { CheckedDialler, Dialler } from './egress/dialler.js';
import { EgressDoors } from './egress/egress-doors.js';
import { InternalServer } from './internal/internal-server.js';

/** The gateway: the public port, and every browser's connection to a display. */
@Module({})
export class AppModule {
  static forRoot(settings: Settings, logger: Logger): DynamicModule {
    return {
      module: AppModule,
      imports: [CoreModule.forRoot(settings, logger), TunnelModule],
      providers: [
        FirstSweep,
        { provide: Dialler, useFactory: () => new CheckedDialler() },
        EgressDoors,
        TunnelRegistry,
        TunnelHost,
        DisplayDoor,
        InternalServer,
      ],
    };
  }
}
