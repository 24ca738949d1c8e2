import { Module } from '@nestjs/common';
import { ExchangeModule } from '@vitrine/exchange';
import { RecordsModule } from '@vitrine/records';
import { ExportController } from './export.controller.js';
import { LossesController } from './losses.controller.js';
import { RecordsController } from './records.controller.js';

/** Needs `SessionsHttpModule`, which is global. */
@Module({
  imports: [RecordsModule, ExchangeModule],
  // The items last: the other addresses would be theirs otherwise.
  controllers: [ExportController, LossesController, RecordsController],
})
export class RecordsHttpModule {}
