import { Global, Injectable, Module } from '@nestjs/common';
import { ITEM_OWNERSHIP, LIVE_CONNECTIONS, type ItemOwnership } from '@vitrine/delegation';
import { isProblem } from '@vitrine/kernel';
import { RecordsModule, RecordsService } from '@vitrine/records';
import { LiveConnections, TunnelModule } from '@vitrine/sessions';

@Injectable()
class KeptItems implements ItemOwnership {
  constructor(private readonly records: RecordsService) {}

  async owns(patientId: string, itemIds: readonly string[]): Promise<boolean> {
    try {
      await this.records.openable(patientId, itemIds);
      return true;
    } catch (error) {
      if (isProblem(error, 'delegation.not-visible')) return false;
      throw error;
    }
  }
}

/** What delegation asks of the libs above it. */
@Global()
@Module({
  imports: [RecordsModule, TunnelModule],
  providers: [
    { provide: ITEM_OWNERSHIP, useClass: KeptItems },
    { provide: LIVE_CONNECTIONS, useExisting: LiveConnections },
  ],
  exports: [ITEM_OWNERSHIP, LIVE_CONNECTIONS],
})
export class DelegationPortsModule {}
