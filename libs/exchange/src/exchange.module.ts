import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DelegationModule } from '@vitrine/delegation';
import { DriveModule } from '@vitrine/drive';
import { Account, Patient } from '@vitrine/identity';
import { RecordsModule } from '@vitrine/records';
import { VaultModule } from '@vitrine/vault';
import { Destinations } from './arrivals/destinations.js';
import { DataSetWorkers } from './data-set/data-set-workers.js';
import { InstanceReader } from './dicomweb/instance-reader.js';
import { InstanceStore } from './dicomweb/instance-store.js';
import { DriveImports } from './drive-imports.js';
import { DicomDoor } from './dicom-door/dicom-door.js';
import { DicomInbox } from './dicom-door/dicom-inbox.service.js';
import { DicomNode } from './dicom-door/dicom-node.entity.js';
import { DicomNodes } from './dicom-door/dicom-nodes.service.js';
import { ReadingAddress } from './dicom-door/reading-address.entity.js';
import { ReadingAddresses } from './dicom-door/reading-addresses.service.js';
import { InboxStudy } from './dicom-door/inbox-study.entity.js';
import { FtpsAccount } from './ftps-door/ftps-account.entity.js';
import { FtpsAccounts } from './ftps-door/ftps-accounts.service.js';
import { FtpsDoor } from './ftps-door/ftps-door.js';
import { Examiners } from './examiner/examiners.js';
import { ExportLocks } from './export/export-locks.js';
import { ExportService } from './export/export.service.js';
import { ImportRunner } from './import-runner.js';
import { Import } from './import.entity.js';
import { ImportsService } from './imports.service.js';
import { Losses } from './losses.js';
import { PictureEncoder } from './pictures/encoder.js';
import { PictureGuest } from './pictures/picture-guest.js';
import { RenderedPictures } from './pictures/rendered-pictures.js';
import { ThumbnailService } from './pictures/thumbnail.service.js';
import { ViewerResults } from './viewer-results.js';
import { VirusScanner } from './scanner/virus-scanner.js';
import { UploadServer } from './uploads/upload-server.js';
import { UploadSeals } from './uploads/upload-seals.js';
import { UploadStore } from './uploads/upload-store.js';

/** Needs what the hypervisor and the core provide everywhere. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Import, Account, Patient, DicomNode, FtpsAccount, InboxStudy, ReadingAddress]),
    VaultModule,
    RecordsModule,
    DelegationModule,
    DriveModule,
  ],
  providers: [
    InstanceStore,
    InstanceReader,
    DataSetWorkers,
    ImportsService,
    ImportRunner,
    PictureGuest,
    PictureEncoder,
    RenderedPictures,
    ThumbnailService,
    UploadServer,
    UploadSeals,
    UploadStore,
    Examiners,
    VirusScanner,
    Destinations,
    DicomDoor,
    DicomInbox,
    DicomNodes,
    ReadingAddresses,
    FtpsDoor,
    FtpsAccounts,
    ExportService,
    ExportLocks,
    DriveImports,
    ViewerResults,
    Losses,
  ],
  exports: [
    InstanceStore,
    InstanceReader,
    DataSetWorkers,
    ImportsService,
    RenderedPictures,
    ThumbnailService,
    UploadServer,
    DicomDoor,
    DicomInbox,
    DicomNodes,
    ReadingAddresses,
    FtpsDoor,
    FtpsAccounts,
    ExportService,
    ExportLocks,
    DriveImports,
    ViewerResults,
    Losses,
  ],
})
export class ExchangeModule {}
