import { Module } from '@nestjs/common';
import { ExchangeModule } from '@vitrine/exchange';
import { DicomNodesController } from './dicom-nodes.controller.js';
import { FtpsController } from './ftps.controller.js';
import { InboxController } from './inbox.controller.js';
import { ReadingAddressesController } from './reading-addresses.controller.js';

@Module({
  imports: [ExchangeModule],
  controllers: [DicomNodesController, FtpsController, InboxController, ReadingAddressesController],
})
export class DicomHttpModule {}
