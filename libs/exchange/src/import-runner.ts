import { EventEmitter, setMaxListeners } from 'node:events';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository, type EntityManager } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import { DriveTransfer } from '@vitrine/drive';
import { Account, agentOf, Patient } from '@vitrine/identity';
import { Clock, delay, isProblem, LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { ItemAssembler, type AdditionResult, type FileOutcome, type NewFile } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import type { Examiner } from './examiner/examiner.js';
import { Examiners } from './examiner/examiners.js';
import { DiskFull, ImportExamination, type ExaminationOrder } from './import-examination.js';
import { additionOf } from './import-addition.js';
import { ImportReport, type Refusal } from './import-report.js';
import { cannotComeAgain, Import, waitsForAnswer } from './import.entity.js';
import { lossReport, tellsOfLoss } from './losses.js';
import { recordResults } from './results-line.js';
import { VirusScanner } from './scanner/virus-scanner.js';
import { ThumbnailService } from './pictures/thumbnail.service.js';
import { UploadServer } from './uploads/upload-server.js';
import { UploadStore } from './uploads/upload-store.js';

const AT_ONCE = 2;
const ATTEMPTS = 3;
const PROGRESS_MS = 400;
const RETRY_MS = 60_000;
const WRITE_AGAIN_MS = 5_000;

/** What became of each file of an import. */
export interface ExaminedImport {
  /** Those that the record holds now, whether they are new in it or not. */
  readonly files: readonly NewFile[];
  readonly outcomes: readonly FileOutcome[];
  readonly refusals: readonly Refusal[];
}

/** A caller who waits for the end. */
interface Expectation {
  readonly order: ExaminationOrder;
  readonly resolve: (examined: ExaminedImport) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Examines imports, a few at a time, and adds what they bring in one transaction: a patient sees all of an import or
 * nothing. An import that a crash interrupted is examined again from its uploads, which stay until the end.
 */
@Injectable()
export class ImportRunner implements OnModuleDestroy {
  private readonly waiting: string[] = [];
  private readonly expected = new Map<string, Expectation>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly stopping = new AbortController();
  private readonly retries = new Set<NodeJS.Timeout>();

  constructor(
    @InjectRepository(Import) private readonly imports: Repository<Import>,
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    @InjectRepository(Patient) private readonly patients: Repository<Patient>,
    private readonly transactor: Transactor,
    private readonly vault: VaultService,
    private readonly assembler: ItemAssembler,
    private readonly drive: DriveTransfer,
    private readonly uploads: UploadStore,
    private readonly uploadServer: UploadServer,
    private readonly audit: AuditService,
    private readonly thumbnails: ThumbnailService,
    private readonly examiners: Examiners,
    private readonly scanner: VirusScanner,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    // Every file that is looked at or stored listens to it.
    setMaxListeners(0, this.stopping.signal);
  }

  /** Examines it as soon as there is room. */
  enqueue(importId: string): void {
    if (this.running.has(importId) || this.waiting.includes(importId)) return;
    this.waiting.push(importId);
    this.next();
  }

  /**
   * Examines it and tells what became of each file. Throws what the import failed of; then nothing of it was added.
   */
  examine(importId: string, order: ExaminationOrder): Promise<ExaminedImport> {
    return new Promise((resolve, reject) => {
      this.expected.set(importId, { order, resolve, reject });
      this.enqueue(importId);
    });
  }

  /** Calls back after each change until the returned function is called. */
  onChange(importId: string, listener: () => void): () => void {
    this.changes.on(importId, listener);
    return () => this.changes.off(importId, listener);
  }

  changed(importId: string): void {
    this.changes.emit(importId);
  }

  /** When nothing is being examined any more. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.race(this.running.values());
  }

  async onModuleDestroy(): Promise<void> {
    this.waiting.length = 0;
    this.retries.forEach(clearTimeout);
    this.stopping.abort(new Problem('kernel.busy'));
    await Promise.allSettled(this.running.values());
    for (const { reject } of this.expected.values()) reject(new Problem('kernel.busy'));
    this.expected.clear();
  }

  private next(): void {
    while (this.running.size < AT_ONCE && !this.stopping.signal.aborted) {
      const importId = this.waiting.shift();
      if (importId === undefined) return;
      const work = this.work(importId).finally(() => {
        this.running.delete(importId);
        this.next();
      });
      this.running.set(importId, work);
    }
  }

  private async work(importId: string): Promise<void> {
    const expectation = this.expected.get(importId);
    try {
      const examined = await this.attempts(importId, expectation?.order);
      await this.uploads.remove(importId);
      if (examined !== undefined) expectation?.resolve(examined);
      else expectation?.reject(new Problem('kernel.busy'));
    } catch (error) {
      // When the process ends, the import stays as it is and is taken up at the next start.
      await this.conclude(importId, error, expectation !== undefined);
      expectation?.reject(error instanceof DiskFull ? new Problem('vault.disk-full') : error);
    } finally {
      this.expected.delete(importId);
      this.uploadServer.forget(importId);
      this.changed(importId);
    }
  }

  private async attempts(
    importId: string,
    order: ExaminationOrder | undefined,
  ): Promise<ExaminedImport | undefined> {
    const found = await this.imports.findOneByOrFail({ id: importId });
    const sender = senderOf(found);
    // What came with an order may be used up; its sender is there, and is asked to try again.
    const most = order === undefined ? ATTEMPTS : 1;
    const examiner = this.examiners.lend(sender);
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.attempt(importId, examiner, order);
        } catch (error) {
          // An item that shared bytes with this import was removed in between: store them again.
          if (!isProblem(error, 'kernel.busy') || attempt === most || this.stopping.signal.aborted)
            throw error;
        }
      }
    } finally {
      this.examiners.giveBack(sender, examiner);
    }
  }

  private async attempt(
    importId: string,
    examiner: Examiner,
    order: ExaminationOrder | undefined,
  ): Promise<ExaminedImport | undefined> {
    const found = await this.imports.findOneByOrFail({ id: importId });
    if (found.state !== 'examining') return undefined;
    const report = new ImportReport({ notes: found.notes, omitted: 0, refusals: [] });
    const progress = this.progressOf(importId, found.accessTokenId === null);
    const examination = new ImportExamination(
      importId,
      found.patientId,
      examiner,
      this.vault,
      this.uploads,
      report,
      progress,
      this.stopping.signal,
      this.scanner,
      !waitsForAnswer(found),
      order,
    );
    try {
      const files = await examination.run();
      const { driveFiles } = examination;
      const { itemIds, outcomes, unneeded } = await this.commit(found, files, driveFiles, report, progress);
      this.thumbnails.enqueue(itemIds);
      await this.free(found.patientId, unneeded);
      return { files, outcomes, refusals: report.refusals };
    } catch (error) {
      await this.vault.release(found.patientId, examination.blobIds);
      throw error;
    }
  }

  /** What the record has already. Where that fails, the next start does it. */
  private async free(patientId: string, blobIds: readonly string[]): Promise<void> {
    if (blobIds.length === 0) return;
    await this.vault.release(patientId, blobIds).catch((error: unknown) => {
      this.logger.warn(
        { problem: Problem.from(error).code },
        'bytes that nothing needs stay until the next start',
      );
    });
  }

  /** Makes everything visible at once, or nothing. */
  private async commit(
    found: Import,
    files: readonly NewFile[],
    driveFiles: ImportExamination['driveFiles'],
    report: ImportReport,
    progress: { readonly received: number; readonly examinedFiles: number },
  ): Promise<AdditionResult> {
    const { id: importId, patientId, accountId, depositCodeId, sessionId } = found;
    const account = await this.accounts.findOneByOrFail({ id: accountId });
    const patient = await this.patients.findOneByOrFail({ id: patientId });
    const isDeposit = depositCodeId !== null;
    const now = this.clock.instant();
    const addition = additionOf(found, account, patient, files, now);
    const isSame = await this.assembler.compare(this.imports.manager, addition);
    return this.transactor.run(async (manager) => {
      const added = await this.assembler.add(manager, addition, isSame);
      const outcome = new ImportReport(report);
      for (const one of added.outcomes) outcome.outcome(one);
      const brought = await this.drive.bring(manager, patientId, driveFiles);
      const filesStored = added.filesAdded + brought;
      outcome.duplicates += driveFiles.length - brought;
      if (filesStored === 0 && outcome.duplicates === 0) outcome.refused('', 'exchange.nothing-usable');
      await manager.update(Import, importId, {
        state: 'done',
        filesReceived: progress.received,
        filesExamined: progress.examinedFiles,
        filesStored,
        filesDuplicate: outcome.duplicates,
        notes: outcome.notes,
        notesOmitted: outcome.omitted,
        itemIds: [...added.itemIds],
        loss: sessionId !== null && outcome.notes.some(tellsOfLoss) ? 'unread' : null,
        finishedAt: now,
      });
      if (sessionId !== null) {
        const outcome = added.itemIds.length > 0 ? 'success' : 'refused';
        await recordResults(this.audit, manager, found, outcome, added.itemIds);
      } else if (added.itemIds.length + brought > 0)
        await this.audit.record(manager, {
          action: isDeposit ? 'record.deposited' : 'record.added',
          agent: agentOf(account),
          patientId,
          entities: [
            { kind: 'import', id: importId },
            ...added.itemIds.map((id) => ({ kind: 'item' as const, id })),
          ],
          details: { files: filesStored, organisation: account.organisation ?? '' },
        });
      return added;
    });
  }

  /**
   * What came by DIMSE or FTPS was acknowledged file by file, and nobody would send it again: when we have no room or no
   * time now, it stays and is examined later. On a full disk so do uploads that came in whole; whoever waits for an
   * answer gets one.
   */
  private async retriesLater(importId: string, problem: Problem, isExpected: boolean): Promise<boolean> {
    const lasting = problem.row.retry === 'never' || problem.code === 'kernel.unexpected';
    if (lasting || isExpected) return false;
    const bySystem = () => this.imports.existsBy({ id: importId, senderId: Not(IsNull()) });
    if (problem.code !== 'vault.disk-full' && !(await bySystem())) return false;
    this.logger.warn({ importId, problem: problem.code }, 'an import is tried again later');
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      this.enqueue(importId);
    }, RETRY_MS);
    this.retries.add(timer);
    return true;
  }

  /**
   * What keeps a failure from being written down must not end the process: each start would take the import up again,
   * and end of it again.
   */
  private async conclude(importId: string, error: unknown, isExpected: boolean): Promise<void> {
    const problem = error instanceof DiskFull ? new Problem('vault.disk-full') : Problem.from(error);
    const names = await this.namesOf(importId);
    while (!this.stopping.signal.aborted)
      try {
        if (!(await this.retriesLater(importId, problem, isExpected)))
          await this.fail(importId, problem, names);
        return;
      } catch (unwritten) {
        const { code } = Problem.from(unwritten);
        this.logger.error({ importId, problem: code }, 'that an import failed could not be written down yet');
        await delay(WRITE_AGAIN_MS, this.stopping.signal).catch(() => undefined);
      }
  }

  private async fail(importId: string, problem: Problem, names: readonly string[]): Promise<void> {
    this.logger.error(
      { importId, problem: problem.code, cause: describe(problem.cause) },
      'an import failed',
    );
    await this.uploads.remove(importId).catch(() => undefined);
    await this.transactor.run(async (manager) => {
      const found = await manager.findOneBy(Import, { id: importId });
      if (found === null) return;
      const { notes, omitted: notesOmitted } = lossReport(problem.code, names);
      await manager.update(Import, importId, {
        state: 'failed',
        finishedAt: this.clock.instant(),
        ...(cannotComeAgain(found)
          ? { notes, notesOmitted, loss: 'unread' }
          : { notes: [{ untrustedName: '', code: problem.code, message: problem.message }] }),
      });
      if (found.sessionId !== null) await recordResults(this.audit, manager, found, 'failed');
      else if (found.senderId !== null) await this.recordUnkept(manager, found);
    });
  }

  /** What was to be examined; empty where that cannot be read either. */
  private async namesOf(importId: string): Promise<string[]> {
    const { files } = await this.uploads.received(importId).catch(() => ({ files: [] }));
    return files.map(({ untrustedName }) => untrustedName);
  }

  private async recordUnkept(manager: EntityManager, { id, patientId, accountId }: Import): Promise<void> {
    const account = await manager.findOneByOrFail(Account, { id: accountId });
    await this.audit.record(manager, {
      action: 'record.deposited',
      agent: agentOf(account),
      patientId,
      outcome: 'failed',
      entities: [{ kind: 'import', id }],
    });
  }

  /** Counts, and shows the count now and then where somebody may look: each write is a durable commit. */
  private progressOf(importId: string, watched: boolean) {
    let shown = 0;
    const progress = {
      received: 0,
      examinedFiles: 0,
      found: (files: number) => {
        progress.received += files;
        show();
      },
      examined: () => {
        progress.examinedFiles++;
        show();
      },
    };
    const show = () => {
      const now = performance.now();
      if (!watched || now - shown < PROGRESS_MS) return;
      shown = now;
      const { received: filesReceived, examinedFiles: filesExamined } = progress;
      this.transactor
        .run((manager) =>
          manager.update(Import, { id: importId, state: 'examining' }, { filesReceived, filesExamined }),
        )
        .then(
          () => this.changed(importId),
          () => undefined,
        );
    };
    return progress;
  }
}

/** Who sends, and into whose record: for whom an examiner is lent. */
export const senderOf = ({ accountId, patientId }: Pick<Import, 'accountId' | 'patientId'>): string =>
  `${accountId} ${patientId}`;

const describe = (cause: unknown): string =>
  cause instanceof Error
    ? `${cause.name} ${(cause as NodeJS.ErrnoException).code ?? ''} ${cause.stack?.split('\n')[1]?.trim() ?? ''}`
    : '';
