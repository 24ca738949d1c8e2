import { Global, Injectable, Module } from '@nestjs/common';
import { ExchangeModule, ViewerResults } from '@vitrine/exchange';
import type { Collection } from '@vitrine/hypervisor';
import { ResultsKeeper, type Session } from '@vitrine/sessions';
import { ViewerCatalogue, ViewersModule } from '@vitrine/viewers';

@Injectable()
class KeptLikeDeposits extends ResultsKeeper {
  constructor(
    private readonly results: ViewerResults,
    private readonly catalogue: ViewerCatalogue,
  ) {
    super();
  }

  override async keep({ id, patientId, viewerId }: Session, left: Collection): Promise<void> {
    const viewerTitle = await this.catalogue.titleOf(viewerId);
    await this.results.take({ sessionId: id, patientId, viewerTitle, ...left });
  }
}

/** What sessions ask of those who know how files come into a record. */
@Global()
@Module({
  imports: [ExchangeModule, ViewersModule],
  providers: [{ provide: ResultsKeeper, useClass: KeptLikeDeposits }],
  exports: [ResultsKeeper],
})
export class ResultsPortModule {}
