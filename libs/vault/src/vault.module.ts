import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { BlobCheck } from './blob-check.entity.js';
import { BlobChecks } from './blob-checks.service.js';
import { BLOB_STORE } from './blob-store.js';
import { Blob } from './blob.entity.js';
import { FilesystemBlobStore } from './filesystem.blob-store.js';
import { VaultService } from './vault.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Blob, BlobCheck])],
  providers: [
    {
      provide: BLOB_STORE,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new FilesystemBlobStore(join(settings.dataDir, 'vault')),
    },
    VaultService,
    BlobChecks,
  ],
  exports: [VaultService, BlobChecks, BLOB_STORE],
})
export class VaultModule {}
