import { Global, Injectable, Module } from '@nestjs/common';
import { ExchangeModule, ViewerResults, type FromViewer } from '@vitrine/exchange';
import type { Collection } from '@vitrine/hypervisor';
import type { ProblemCode } from '@vitrine/kernel';
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

  override async keep(session: Session, left: Collection): Promise<void> {
    await this.results.take({ ...(await this.from(session)), ...left });
  }

  override async lose(session: Session, code: ProblemCode): Promise<void> {
    await this.results.lose(await this.from(session), code);
  }

  override async miss(session: Session): Promise<void> {
    await this.results.lose(await this.from(session), 'exchange.gone');
  }

  private async from({ id, patientId, viewerId }: Session): Promise<FromViewer> {
    return { sessionId: id, patientId, viewerTitle: await this.catalogue.titleOf(viewerId) };
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
