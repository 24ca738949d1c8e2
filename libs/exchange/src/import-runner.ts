import { EventEmitter } from 'node:events';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, Not, Repository } from 'typeorm';
import { AuditService } from '@vitrine/audit';
import { Account, agentOf, Patient } from '@vitrine/identity';
import { Clock, isProblem, LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { ItemAssembler, RecordsService, type NewFile } from '@vitrine/records';
import { VaultService } from '@vitrine/vault';
import type { Examiner } from './examiner/examiner.js';
import { Examiners } from './examiner/examiners.js';
import { DiskFull, ImportExamination } from './import-examination.js';
import { ImportReport } from './import-report.js';
import { Import } from './import.entity.js';
import { ThumbnailService } from './thumbnail.service.js';
import { UploadServer } from './uploads/upload-server.js';
import { UploadStore } from './uploads/upload-store.js';

const AT_ONCE = 2;
const ATTEMPTS = 3;
const PROGRESS_MS = 400;
const RETRY_MS = 60_000;

/**
 * Examines imports, a few at a time, and adds what they bring in one transaction: a patient sees all of an import or
 * nothing. An import that a crash interrupted is examined again from its uploads, which stay until the end.
 */
@Injectable()
export class ImportRunner implements OnModuleDestroy {
  private readonly waiting: string[] = [];
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
    private readonly records: RecordsService,
    private readonly assembler: ItemAssembler,
    private readonly uploads: UploadStore,
    private readonly uploadServer: UploadServer,
    private readonly audit: AuditService,
    private readonly thumbnails: ThumbnailService,
    private readonly examiners: Examiners,
    private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Examines it as soon as there is room. */
  enqueue(importId: string): void {
    if (this.running.has(importId) || this.waiting.includes(importId)) return;
    this.waiting.push(importId);
    this.next();
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
  }

  private next(): void {
    while (this.running.size < AT_ONCE && !this.stopping.signal.aborted) {
      const importId = this.waiting.shift();
      if (importId === undefined) return;
      const work = this.examine(importId).finally(() => {
        this.running.delete(importId);
        this.next();
      });
      this.running.set(importId, work);
    }
  }

  private async examine(importId: string): Promise<void> {
    const examiner = this.examiners.create();
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.attempt(importId, examiner);
          break;
        } catch (error) {
          // An item that shared bytes with this import was removed in between: store them again.
          if (!isProblem(error, 'kernel.busy') || attempt === ATTEMPTS || this.stopping.signal.aborted)
            throw error;
        }
      }
      await this.uploads.remove(importId);
    } catch (error) {
      // When the process ends, the import stays as it is and is taken up at the next start.
      if (!this.stopping.signal.aborted && !(await this.retriesLater(importId, error)))
        await this.fail(importId, error);
    } finally {
      examiner.close();
      this.uploadServer.forget(importId);
      this.changed(importId);
    }
  }

  private async attempt(importId: string, examiner: Examiner): Promise<void> {
    const found = await this.imports.findOneByOrFail({ id: importId });
    if (found.state !== 'examining') return;
    const report = new ImportReport();
    const progress = this.progressOf(importId);
    const examination = new ImportExamination(
      importId,
      found.patientId,
      examiner,
      this.vault,
      this.uploads,
      report,
      progress,
      this.stopping.signal,
    );
    try {
      const files = await examination.run();
      const itemIds = await this.commit(found, files, report, progress);
      this.thumbnails.enqueue(itemIds);
    } catch (error) {
      await this.records.release(found.patientId, examination.blobIds);
      throw error;
    }
  }

  /** Makes everything visible at once, or nothing. */
  private async commit(
    { id: importId, patientId, accountId, depositCodeId }: Import,
    files: readonly NewFile[],
    report: ImportReport,
    progress: { readonly received: number; readonly examinedFiles: number },
  ): Promise<readonly string[]> {
    const account = await this.accounts.findOneByOrFail({ id: accountId });
    const patient = await this.patients.findOneByOrFail({ id: patientId });
    const isDeposit = depositCodeId !== null;
    const now = this.clock.instant();
    const name = isDeposit ? (account.organisation ?? account.name) : account.name;
    return this.transactor.run(async (manager) => {
      const added = await this.assembler.add(manager, {
        patientId,
        importId,
        state: isDeposit ? 'pending' : 'kept',
        origin: { kind: isDeposit ? 'provider' : 'self', name, at: now },
        person: { name: patient.name, birthDate: patient.birthDate },
        files,
      });
      const outcome = new ImportReport(report);
      for (const one of added.outcomes) outcome.outcome(one);
      if (added.filesAdded === 0 && outcome.duplicates === 0) outcome.refused('', 'exchange.nothing-usable');
      await manager.update(Import, importId, {
        state: 'done',
        filesReceived: progress.received,
        filesExamined: progress.examinedFiles,
        filesStored: added.filesAdded,
        filesDuplicate: outcome.duplicates,
        notes: outcome.notes,
        notesOmitted: outcome.omitted,
        itemIds: [...added.itemIds],
        finishedAt: now,
      });
      if (added.itemIds.length > 0)
        await this.audit.record(manager, {
          action: isDeposit ? 'record.deposited' : 'record.added',
          agent: agentOf(account),
          patientId,
          entities: [
            { kind: 'import', id: importId },
            ...added.itemIds.map((id) => ({ kind: 'item' as const, id })),
          ],
          details: { files: added.filesAdded, organisation: account.organisation ?? '' },
        });
      return added.itemIds;
    });
  }

  /**
   * What came by DIMSE was acknowledged object by object, and nobody would send it again: when we have no room or no
   * time now, it stays and is examined later.
   */
  private async retriesLater(importId: string, error: unknown): Promise<boolean> {
    const problem = error instanceof DiskFull ? new Problem('vault.disk-full') : Problem.from(error);
    const lasting = problem.row.retry === 'never' || problem.code === 'kernel.unexpected';
    if (lasting || !(await this.imports.existsBy({ id: importId, dicomNodeId: Not(IsNull()) }))) return false;
    this.logger.warn({ importId, problem: problem.code }, 'an import is tried again later');
    const timer = setTimeout(() => {
      this.retries.delete(timer);
      this.enqueue(importId);
    }, RETRY_MS);
    this.retries.add(timer);
    return true;
  }

  private async fail(importId: string, error: unknown): Promise<void> {
    const problem = error instanceof DiskFull ? new Problem('vault.disk-full') : Problem.from(error);
    this.logger.error(
      { importId, problem: problem.code, cause: describe(problem.cause) },
      'an import failed',
    );
    await this.uploads.remove(importId).catch(() => undefined);
    await this.transactor.run((manager) =>
      manager.update(Import, importId, {
        state: 'failed',
        notes: [{ untrustedName: '', code: problem.code, message: problem.message }],
        finishedAt: this.clock.instant(),
      }),
    );
  }

  /** Counts, and shows the count now and then: each write is a durable commit. */
  private progressOf(importId: string) {
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
      if (now - shown < PROGRESS_MS) return;
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

const describe = (cause: unknown): string =>
  cause instanceof Error
    ? `${cause.name} ${(cause as NodeJS.ErrnoException).code ?? ''} ${cause.stack?.split('\n')[1]?.trim() ?? ''}`
    : '';
