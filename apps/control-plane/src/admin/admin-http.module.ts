import { Module } from '@nestjs/common';
import { ViewersModule } from '@vitrine/viewers';
import { AdminSessionsController } from './admin-sessions.controller.js';
import { AdminViewersController } from './admin-viewers.controller.js';
import { StudioController } from '../studio/studio.controller.js';

/** Needs `SessionsHttpModule`, which is global. */
@Module({
  imports: [ViewersModule],
  controllers: [AdminSessionsController, AdminViewersController, StudioController],
})
export class AdminHttpModule {}
