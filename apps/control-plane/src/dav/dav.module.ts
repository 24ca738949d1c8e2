import { Module } from '@nestjs/common';
import { DelegationModule } from '@vitrine/delegation';
import { DriveModule } from '@vitrine/drive';
import { RecordsModule } from '@vitrine/records';
import { VaultModule } from '@vitrine/vault';
import { DavReader } from './dav-reader.js';
import { DavWriter } from './dav-writer.js';
import { DavController } from './dav.controller.js';
import { RecordFolder } from './record-folder.js';

/** The network drive. */
@Module({
  imports: [DelegationModule, DriveModule, RecordsModule, VaultModule],
  controllers: [DavController],
  providers: [DavReader, DavWriter, RecordFolder],
})
export class DavModule {}
