import { Inject, Injectable } from '@nestjs/common';
import { Accounts } from '@vitrine/identity';
import { LOGGER, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { SessionService } from '@vitrine/sessions';
import { SHIPPED_IMAGES, ViewerRegistrar, type ShippedImages } from '@vitrine/viewers';
import { Demo } from './demo/demo.js';
import { handOver } from './parent.js';

/** What happens once when the installation begins to serve, and when it ends for good. */
@Injectable()
export class Lifecycle {
  constructor(
    private readonly accounts: Accounts,
    private readonly registrar: ViewerRegistrar,
    private readonly sessions: SessionService,
    private readonly demo: Demo,
    @Inject(SHIPPED_IMAGES) private readonly shipped: ShippedImages,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Offers the viewers that came with this version, and makes the first admin where there is none. */
  async welcome(): Promise<void> {
    for (const reference of this.shipped.viewers) {
      // A viewer that is missing is no reason to withhold the others.
      await this.registrar
        .registerShipped(reference)
        .catch((error: unknown) =>
          this.logger.warn({ reference, err: error }, 'shipped viewer is not offered'),
        );
    }
    const admin = await this.accounts.ensureFirstAdmin();
    if (admin) handOver(this.settings.dataDir, { role: 'admin', ...admin });
    if (this.settings.demo)
      for (const password of await this.demo.make()) handOver(this.settings.dataDir, password);
  }

  /** Ends every running viewer; for the end of the installation, not for a restart. */
  async endEverything(): Promise<void> {
    const live = await this.sessions.allLive();
    await Promise.all(live.map(({ id }) => this.sessions.end(id, { reason: 'stopped' })));
  }
}
