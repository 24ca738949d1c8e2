import { Module } from '@nestjs/common';
import { Checkpoints } from '@vitrine/audit';
import { RecordsModule } from '@vitrine/records';
import { AuditController } from './audit.controller.js';

@Module({ imports: [RecordsModule], controllers: [AuditController], providers: [Checkpoints] })
export class AuditHttpModule {}
