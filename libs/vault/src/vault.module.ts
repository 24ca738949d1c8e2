import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SETTINGS, type Settings } from '@vitrine/kernel';
import { BlobCheck } from './blob-check.entity.js';
import { BlobChecks } from './blob-checks.service.js';
import { Transactor } from '@vitrine/persistence';
import { SealingPool } from '@vitrine/sealing';
import { BLOB_STORE } from './blob-store.js';
import { Blob } from './blob.entity.js';
import { KEY_PROVIDER } from './keys/key-provider.js';
import { KeyRing } from './keys/key-ring.js';
import { PartitionKey } from './keys/partition-key.entity.js';
import { PatientKey } from './keys/patient-key.entity.js';
import { unlock } from './keys/unlock.js';
import { openObjects, placeOf } from './open-objects.js';
import { PlainBlobs } from './plain-blobs.js';
import { SealedBlobStore } from './sealed.blob-store.js';
import { VaultSweep } from './vault-sweep.js';
import { VaultService } from './vault.service.js';

/** Ends the threads after everybody who may still be storing something. */
@Injectable()
class PoolOwner implements OnApplicationShutdown {
  constructor(@Inject(SealingPool) private readonly pool: SealingPool) {}

  onApplicationShutdown(): Promise<void> {
    return this.pool.close();
  }
}

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([Blob, BlobCheck, PatientKey, PartitionKey])],
  providers: [
    // While the application is put together, so before any part of it can write.
    { provide: KEY_PROVIDER, inject: [SETTINGS, DataSource, Transactor], useFactory: unlock },
    { provide: SealingPool, useFactory: () => new SealingPool() },
    KeyRing,
    {
      provide: BLOB_STORE,
      inject: [SETTINGS, KeyRing, SealingPool],
      useFactory: async (settings: Settings, keys: KeyRing, pool: SealingPool) =>
        new SealedBlobStore(await openObjects(placeOf(settings)), keys, pool),
    },
    PlainBlobs,
    PoolOwner,
    VaultService,
    VaultSweep,
    BlobChecks,
  ],
  exports: [VaultService, VaultSweep, BlobChecks, KeyRing],
})
export class VaultModule {}
