import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { AuditService, SYSTEM_AGENT } from '@vitrine/audit';
import { Clock, delay, LOGGER, Problem, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { Transactor } from '@vitrine/persistence';
import { BlobChecks, VaultService, type CheckResult, type KnownBlob } from '@vitrine/vault';
import { RecordFile } from './record-file.entity.js';
import { RecordItem } from './record-item.entity.js';

/** What is left of the last start finds its place first. */
const FIRST_REST_MS = 60_000;
const REST_MS = 10 * 60_000;
const BATCH = 64;
// What a batch found is written at the latest after so much; an end without warning repeats no more than that.
const BATCH_MS = 5_000;
const SHORTEST_PAUSE_MS = 20;

/**
 * Reads every stored file again, one after the other, slowly, for ever, and compares it with what came in. What was
 * found is in the database, so that the next start goes on where the last one ended. Files that are damaged are named
 * in the record and in the log; nothing is removed because of it.
 */
@Injectable()
export class Scrub implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly checks: BlobChecks,
    private readonly vault: VaultService,
    @InjectRepository(RecordItem) private readonly items: Repository<RecordItem>,
    @InjectRepository(RecordFile) private readonly files: Repository<RecordFile>,
    private readonly transactor: Transactor,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort(new Problem('kernel.busy'));
    await this.running;
  }

  /** Checks some of those whose turn it is. Returns how many. */
  async round(): Promise<number> {
    const due = await this.checks.due(this.clock.inMs(-this.settings.scrub.everyMs), BATCH);
    const results: CheckResult[] = [];
    const began = performance.now();
    const pace = this.pace();
    try {
      for (const blob of due) {
        results.push(await this.checks.read(blob, this.stopping.signal, pace));
        if (performance.now() - began > BATCH_MS) break;
      }
    } finally {
      for (const blob of await this.checks.remember(results)) await this.tell(blob);
    }
    return results.length;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    try {
      await delay(FIRST_REST_MS, signal);
      await this.checks.sweep();
      for (;;) if (!(await this.somethingDone())) await delay(REST_MS, signal);
    } catch (error) {
      if (!signal.aborted) this.logger.error({ err: error }, 'stored files are not checked any more');
    }
  }

  private async somethingDone(): Promise<boolean> {
    try {
      return (await this.round()) > 0;
    } catch (error) {
      this.stopping.signal.throwIfAborted();
      this.logger.warn({ problem: Problem.from(error).code }, 'stored files cannot be checked at the moment');
      return false;
    }
  }

  /** Reading as fast as the disk can would take it away from whoever opens a scan. */
  private pace(): (bytes: number) => Promise<void> {
    const began = performance.now();
    let read = 0;
    return async (bytes) => {
      read += bytes;
      const ahead = (read / this.settings.scrub.bytesPerSecond) * 1000 - (performance.now() - began);
      if (ahead > SHORTEST_PAUSE_MS) await delay(ahead, this.stopping.signal);
    };
  }

  private async tell({ blobId, patientId }: KnownBlob): Promise<void> {
    const files = await this.files.findBy({ patientId, blobId });
    const ids = [...new Set(files.map(({ itemId }) => itemId))];
    this.logger.error({ patientId, blobId, itemIds: ids }, 'a stored file is damaged');
    const isPicture = await this.items.existsBy({ patientId, thumbnailBlobId: blobId });
    if (isPicture) await this.dropPicture(patientId, blobId);
    if (isPicture && ids.length === 0) return;
    const items = await this.items.findBy({ id: In(ids) });
    await this.transactor.run((manager) =>
      this.audit.record(manager, {
        action: 'record.damaged',
        outcome: 'failed',
        agent: SYSTEM_AGENT,
        patientId,
        entities: items.map(({ id, title }) => ({ kind: 'item' as const, id, label: title })),
        details: { files: files.length },
      }),
    );
  }

  /** A small picture is ours: without it, it is made again at the next start. Who else needs the bytes keeps them. */
  private async dropPicture(patientId: string, blobId: string): Promise<void> {
    const erased = await this.transactor.run(async (manager) => {
      await manager.update(RecordItem, { patientId, thumbnailBlobId: blobId }, { thumbnailBlobId: null });
      return this.vault.forgetUnneeded(manager, patientId, [blobId]);
    });
    await this.vault.erase(patientId, erased);
  }
}
