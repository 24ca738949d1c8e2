import { Module } from '@nestjs/common';
import { ExchangeModule } from '@vitrine/exchange';
import { RecordsModule } from '@vitrine/records';
import { ExportController } from './export.controller.js';
import { RecordsController } from './records.controller.js';

/** Needs `SessionsHttpModule`, which is global. */
@Module({
  imports: [RecordsModule, ExchangeModule],
  // The export first: its address would be an item's otherwise.
  controllers: [ExportController, RecordsController],
})
export class RecordsHttpModule {}
