import { Module } from '@nestjs/common';
import { ExchangeModule } from '@vitrine/exchange';
import { DicomNodesController } from './dicom-nodes.controller.js';
import { InboxController } from './inbox.controller.js';

@Module({ imports: [ExchangeModule], controllers: [DicomNodesController, InboxController] })
export class DicomHttpModule {}
