import { Module } from '@nestjs/common';
import { RecordsModule } from '@vitrine/records';
import { AuditController } from './audit.controller.js';

@Module({ imports: [RecordsModule], controllers: [AuditController] })
export class AuditHttpModule {}
