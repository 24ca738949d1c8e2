import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Repository } from 'typeorm';
import { LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { dialectOf, Transactor } from '@vitrine/persistence';
import { Blob } from './blob.entity.js';
import { BLOB_STORE } from './blob-store.js';
import { SealedBlobStore } from './sealed.blob-store.js';

/**
 * Seals, at start and once, what an older version stored plain. Each blob is replaced as a whole and its row follows;
 * when the power fails in between, the next start goes on.
 */
@Injectable()
export class PlainBlobs implements OnModuleInit {
  constructor(
    @InjectRepository(Blob) private readonly blobs: Repository<Blob>,
    @Inject(BLOB_STORE) private readonly store: SealedBlobStore,
    private readonly transactor: Transactor,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    const plain = await this.blobs.find({ select: { id: true, patientId: true }, where: { seal: IsNull() } });
    let sealed = 0;
    for (const { id, patientId } of plain) {
      try {
        // What part of the record it is was not written down then.
        const { seal, digest } = await this.store.sealInPlace({ patientId, blobId: id }, 'medical');
        await this.transactor.run((manager) => manager.update(Blob, { id, patientId }, { seal, digest }));
        sealed++;
      } catch (error) {
        // One lost file must not keep the installation from starting; whoever opens it is told.
        const { code } = Problem.from(error);
        if (code !== 'vault.damaged') throw error;
        this.logger.error({ blobId: id, problem: code }, 'a file could not be sealed');
      }
    }
    if (sealed === 0) return;
    // The former digests would stay readable in unused pages.
    const { dataSource } = this.blobs.manager;
    await dialectOf(dataSource).vacuum(dataSource);
    this.logger.info({ sealed }, 'files that were stored plain were sealed');
  }
}
