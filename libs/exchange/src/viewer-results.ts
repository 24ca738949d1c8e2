import { Readable } from 'node:stream';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { AuditService, SYSTEM_AGENT } from '@vitrine/audit';
import type { CollectedFile, Collection } from '@vitrine/hypervisor';
import { Patient } from '@vitrine/identity';
import { Clock, isProblem, LOGGER, newId, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { RecordsService, UNDECIDED_RESULT_DAYS } from '@vitrine/records';
import { ImportReport } from './import-report.js';
import { ImportRunner } from './import-runner.js';
import { Import, newImport } from './import.entity.js';
import { lossReport, type LossCode } from './losses.js';
import { recordResults } from './results-line.js';
import { UploadStore } from './uploads/upload-store.js';

const DAY_MS = 24 * 60 * 60_000;
const LOOK_MS = 60 * 60_000;

/** Whose session it was, and of which viewer. */
export interface FromViewer {
  readonly sessionId: string;
  readonly patientId: string;
  /** As people know it. */
  readonly viewerTitle: string;
}

/** What was left in a viewer when its session ended. */
export type LeftInViewer = FromViewer & Collection;

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
   * patient is told.
   */
  async take({ files, refused, ...from }: LeftInViewer): Promise<void> {
    const { sessionId, patientId } = from;
    if (await this.imports.existsBy({ sessionId })) return;
    const id = newId();
    try {
      await this.seal(id, patientId, files);
    } catch (error) {
      if (!isProblem(error, 'vault.disk-full')) throw error;
      const names = files.map(({ name }) => name);
      return this.lose(from, error.code, names);
    }
    const report = new ImportReport();
    if (files.length > 0 && refused > 0) report.say('', 'exchange.left-behind', 'left-behind');
    const isKept = await this.enter(from, {
      id,
      state: 'examining',
      filesReceived: files.length,
      notes: report.notes,
    }).catch(async (error: unknown) => {
      // It is tried again, under another id.
      await this.uploads.remove(id);
      throw error;
    });
    this.logger.info({ sessionId, files: files.length, refused, isKept }, 'results of a viewer were taken');
    if (isKept) this.runner.enqueue(id);
    else await this.uploads.remove(id);
  }

  /** None of it can be kept: the patient is told, by name where the names are known. */
  async lose(from: FromViewer, code: LossCode, untrustedNames: readonly string[] = []): Promise<void> {
    const { sessionId } = from;
    if (await this.imports.existsBy({ sessionId })) return;
    const { notes, omitted: notesOmitted } = lossReport(code, untrustedNames);
    const loss = {
      id: newId(),
      state: 'failed',
      loss: 'unread',
      filesReceived: untrustedNames.length,
    } as const;
    const isTold = await this.enter(from, { ...loss, notes, notesOmitted, finishedAt: this.clock.instant() });
    this.logger.error({ sessionId, code, isTold }, 'what was saved in a viewer is lost');
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

  /** Makes the import; false where the patient is gone. */
  private enter(
    { patientId, ...from }: FromViewer,
    one: Partial<Import> & Pick<Import, 'id'>,
  ): Promise<boolean> {
    return this.transactor.run(async (manager) => {
      const patient = await manager.findOneBy(Patient, { id: patientId });
      if (patient === null) return false;
      const row = {
        ...newImport(one.id, patient.accountId, this.clock.instant()),
        patientId,
        ...from,
        ...one,
      };
      await manager.insert(Import, row);
      if (row.state === 'failed') await recordResults(this.audit, manager, row, 'failed');
      return true;
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
