import { Global, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Reconciler, SessionsModule } from '@vitrine/sessions';
import { DisplayDoor } from './display-door.js';
import { ReservationsController } from './reservations.controller.js';
import { SessionsController } from './sessions.controller.js';

/** Sessions over HTTP, and the adoption of those that an earlier process left. */
@Global()
@Module({
  imports: [SessionsModule],
  controllers: [ReservationsController, SessionsController],
  providers: [DisplayDoor],
  exports: [DisplayDoor, SessionsModule],
})
export class SessionsHttpModule implements OnApplicationBootstrap {
  constructor(private readonly reconciler: Reconciler) {}

  /** Before the process listens: nobody may ask about a session whose guests nobody has looked at. */
  onApplicationBootstrap(): Promise<void> {
    return this.reconciler.takeOver();
  }
}
