import { Module } from '@nestjs/common';
import { DelegationModule } from '@vitrine/delegation';
import { ExchangeModule } from '@vitrine/exchange';
import { RecordsModule } from '@vitrine/records';
import { DicomwebUrls } from './dicomweb-urls.js';
import { ProgramReads } from './program-reads.js';
import { RenderedController } from './rendered.controller.js';
import { RetrieveController } from './retrieve.controller.js';
import { SearchController } from './search.controller.js';
import { StoreController } from './store.controller.js';

/** The DICOMweb services (PS3.18 chapter 10) over one patient's images, for programs with an access token. */
@Module({
  imports: [DelegationModule, ExchangeModule, RecordsModule],
  controllers: [StoreController, SearchController, RetrieveController, RenderedController],
  providers: [DicomwebUrls, ProgramReads],
})
export class DicomwebHttpModule {}
