import { Module } from '@nestjs/common';
import { RecordsModule } from '@vitrine/records';
import { RecordsController } from './records.controller.js';

/** Needs `SessionsHttpModule`, which is global. */
@Module({ imports: [RecordsModule], controllers: [RecordsController] })
export class RecordsHttpModule {}
