import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { WarmPool } from '@vitrine/sessions';
import { ViewerAdmission, ViewersModule } from '@vitrine/viewers';
import { ViewersController } from './viewers.controller.js';

/** The catalogue over HTTP, filled when the process starts. Needs `SessionsHttpModule`, which is global. */
@Module({ imports: [ViewersModule], controllers: [ViewersController] })
export class ViewersHttpModule implements OnApplicationBootstrap {
  constructor(
    private readonly admission: ViewerAdmission,
    private readonly pool: WarmPool,
  ) {}

  /** Before the process listens, so that the first visitor finds the viewers. Icons are made later. */
  async onApplicationBootstrap(): Promise<void> {
    await this.admission.ensureShipped();
    this.pool.start(this.admission.settled());
  }
}
