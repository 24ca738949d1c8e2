import { Module } from '@nestjs/common';
import { ViewersModule } from '@vitrine/viewers';
import { ViewersController } from './viewers.controller.js';

/** Needs `SessionsHttpModule`, which is global. */
@Module({ imports: [ViewersModule], controllers: [ViewersController] })
export class ViewersHttpModule {}
