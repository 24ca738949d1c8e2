import { Injectable } from '@nestjs/common';
import { AuditService } from '@vitrine/audit';
import { Clock } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { ViewerCatalogue } from '@vitrine/viewers';
import { closeEgress, egressOf, isEgressOpen } from './egress.js';
import { SessionEvents } from './session-events.js';
import { SessionStore } from './session-store.js';
import { LiveConnections } from './tunnel-live-connections.js';

/** Ends the ways out of sessions that run with a list that is no longer the viewer's. */
@Injectable()
export class EgressRevocation {
  constructor(
    private readonly store: SessionStore,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly connections: LiveConnections,
    private readonly events: SessionEvents,
    private readonly catalogue: ViewerCatalogue,
  ) {}

  /** `keepOnly` by the list as it is now. */
  async recheck(viewerId: string): Promise<void> {
    await this.keepOnly(viewerId, (await this.catalogue.get(viewerId)).egress);
  }

  /**
   * Returns when no session of the viewer can reach anybody else any more. A session that could loses its way out as a
   * whole, and goes on. To be called after the commit of the new list.
   */
  async keepOnly(viewerId: string, allowed: readonly string[]): Promise<void> {
    const lost = (await this.store.live()).filter(
      (session) =>
        session.viewerId === viewerId &&
        isEgressOpen(session) &&
        !egressOf(session).every((target) => allowed.includes(target)),
    );
    if (lost.length === 0) return;
    const now = this.clock.instant();
    await this.transactor.run(async (manager) => {
      for (const session of lost) await closeEgress(manager, this.audit, session, 'no-longer-allowed', now);
    });
    for (const { id } of lost) this.events.emit(id);
    await this.connections.cut({ egressOf: lost.map(({ id }) => id) });
  }
}
