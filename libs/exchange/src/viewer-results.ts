import { Readable } from 'node:stream';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { AuditService, SYSTEM_AGENT } from '@vitrine/audit';
import type { CollectedFile, Collection } from '@vitrine/hypervisor';
import { Patient } from '@vitrine/identity';
import { Clock, isProblem, LOGGER, newId, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { RecordsService, UNDECIDED_RESULT_DAYS } from '@vitrine/records';
import { ImportRunner } from './import-runner.js';
import { Import, newImport } from './import.entity.js';
import { recordResults } from './results-line.js';
import { UploadStore } from './uploads/upload-store.js';

const DAY_MS = 24 * 60 * 60_000;
const LOOK_MS = 60 * 60_000;

/** What was left in a viewer when its session ended. */
export interface LeftInViewer extends Collection {
  readonly sessionId: string;
  readonly patientId: string;
  /** As people know it. */
  readonly viewerTitle: string;
}

/**
 * Takes what was saved in viewers the way of deposits: sealed into quarantine, looked at by content, and then waiting for
 * the patient's yes or no. What got no answer in time is thrown away.
 */
@Injectable()
export class ViewerResults implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @InjectRepository(Import) private readonly imports: Repository<Import>,
    private readonly transactor: Transactor,
    private readonly uploads: UploadStore,
    private readonly runner: ImportRunner,
    private readonly records: RecordsService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const look = () =>
      void this.throwAwayUndecided().catch((error: unknown) =>
        this.logger.warn({ code: Problem.from(error).code }, 'undecided results could not be thrown away'),
      );
    this.timer = setInterval(look, LOOK_MS);
    this.timer.unref();
    look();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /**
   * Returns when the files survive a power cut, all of them or none; then they are looked at. A session that was taken
   * before is left alone, and so is one of a patient who is gone. Where there is no room the files are lost, and the
   * record of acts says so.
   */
  async take({ sessionId, patientId, viewerTitle, files, refused }: LeftInViewer): Promise<void> {
    if (await this.imports.existsBy({ sessionId })) return;
    const id = newId();
    const wasTaken = await this.seal(id, patientId, files).then(
      () => true,
      (error: unknown) => {
        if (isProblem(error, 'vault.disk-full')) return false;
        throw error;
      },
    );
    const enter = async (manager: EntityManager): Promise<boolean> => {
      const patient = await manager.findOneBy(Patient, { id: patientId });
      if (patient === null) return false;
      const from = { patientId, sessionId, viewerTitle };
      if (wasTaken)
        await manager.insert(Import, {
          ...newImport(id, patient.accountId, this.clock.instant()),
          ...from,
          state: 'examining',
          filesReceived: files.length,
        });
      else await recordResults(this.audit, manager, from, 'failed');
      return wasTaken;
    };
    const isKept = await this.transactor.run(enter).catch(async (error: unknown) => {
      // It is tried again, under another id.
      await this.uploads.remove(id);
      throw error;
    });
    this.logger.info({ sessionId, files: files.length, refused, isKept }, 'results of a viewer were taken');
    if (isKept) this.runner.enqueue(id);
    else await this.uploads.remove(id);
  }

  /** The patients have had time enough. What cannot be thrown away is tried again at the next look. */
  async throwAwayUndecided(): Promise<void> {
    const before = this.clock.inMs(-UNDECIDED_RESULT_DAYS * DAY_MS);
    for (const { patientId, id } of await this.records.undecidedResults(before))
      await this.records.reject(patientId, id, SYSTEM_AGENT).catch((error: unknown) => {
        const { code, cause } = Problem.from(error);
        this.logger.warn({ itemId: id, code, err: cause }, 'an undecided result could not be thrown away');
      });
  }

  /** Below the data root they only ever lie sealed. What a failure leaves is removed. */
  private async seal(importId: string, patientId: string, files: readonly CollectedFile[]): Promise<void> {
    try {
      await this.uploads.receive(importId, patientId, contents(files), Infinity, { flushed: true });
    } catch (error) {
      await this.uploads.remove(importId);
      throw error;
    }
  }
}

const contents = (files: readonly CollectedFile[]): AsyncIterable<{ name: string; content: Readable }> =>
  Readable.from(
    files.map(({ name, untrustedContent }) => ({ name, content: Readable.from([untrustedContent]) })),
  );
