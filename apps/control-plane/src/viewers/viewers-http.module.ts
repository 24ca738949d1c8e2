import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ViewerAdmission, ViewersModule } from '@vitrine/viewers';
import { ViewersController } from './viewers.controller.js';

/** The catalogue over HTTP, filled when the process starts. Needs `SessionsHttpModule`, which is global. */
@Module({ imports: [ViewersModule], controllers: [ViewersController] })
export class ViewersHttpModule implements OnApplicationBootstrap {
  constructor(private readonly admission: ViewerAdmission) {}

  /** Before the process listens, so that the first visitor finds the viewers. Icons are made later. */
  onApplicationBootstrap(): Promise<void> {
    return this.admission.ensureShipped();
  }
}
