import { Module } from '@nestjs/common';
import { ExchangeModule } from '@vitrine/exchange';
import { ImportsController } from './imports.controller.js';
import { UploadsController } from './uploads.controller.js';

@Module({ imports: [ExchangeModule], controllers: [ImportsController, UploadsController] })
export class ImportsHttpModule {}
