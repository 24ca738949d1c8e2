import { Inject, Injectable } from '@nestjs/common';
import { Accounts } from '@vitrine/identity';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { Reconciler, SessionService } from '@vitrine/sessions';
import { ViewerAdmission } from '@vitrine/viewers';
import { Demo } from './demo/demo.js';
import { handOver } from './parent.js';

/** What happens once when the installation begins to serve, and when it ends for good. */
@Injectable()
export class Lifecycle {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: SessionService,
    private readonly reconciler: Reconciler,
    private readonly admission: ViewerAdmission,
    private readonly demo: Demo,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Makes the first admin where there is none, and the demo people where they are wanted, and begins to keep the sessions
   * and the world the same.
   */
  async welcome(): Promise<void> {
    this.reconciler.keepLooking();
    const admin = await this.accounts.ensureFirstAdmin();
    if (admin) handOver(this.settings.dataDir, { role: 'admin', ...admin });
    if (this.settings.demo)
      for (const password of await this.demo.make()) handOver(this.settings.dataDir, password);
  }

  /** Ends every running viewer, also one that is tested; for the end of the installation, not for a restart. */
  async endEverything(): Promise<void> {
    await this.admission.stop();
    await this.sessions.endAll();
  }
}
