import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DelegationModule } from '@vitrine/delegation';
import { Account, Patient } from '@vitrine/identity';
import { RecordsModule } from '@vitrine/records';
import { VaultModule } from '@vitrine/vault';
import { Examiners } from './examiner/examiners.js';
import { ExportLocks } from './export/export-locks.js';
import { ExportService } from './export/export.service.js';
import { ImportRunner } from './import-runner.js';
import { Import } from './import.entity.js';
import { ImportsService } from './imports.service.js';
import { ThumbnailService } from './thumbnail.service.js';
import { UploadServer } from './uploads/upload-server.js';
import { UploadStore } from './uploads/upload-store.js';

/** Needs what the hypervisor and the core provide everywhere. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Import, Account, Patient]),
    VaultModule,
    RecordsModule,
    DelegationModule,
  ],
  providers: [
    ImportsService,
    ImportRunner,
    ThumbnailService,
    UploadServer,
    UploadStore,
    Examiners,
    ExportService,
    ExportLocks,
  ],
  exports: [ImportsService, ExportService, ExportLocks, ThumbnailService, UploadServer],
})
export class ExchangeModule {}
