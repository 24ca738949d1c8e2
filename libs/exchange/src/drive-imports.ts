import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { WaitingFiles, type WaitingFile } from '@vitrine/drive';
import { Account, Patient } from '@vitrine/identity';
import { Clock, isProblem, LOGGER, Problem, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import { ImportsService } from './imports.service.js';
import { UploadStore } from './uploads/upload-store.js';

const LOOK_MS = 3_000;
/** Nothing came for so long: what was being copied is complete. */
const QUIET_MS = 10_000;
/** So long at most, when something keeps coming. */
const PATIENCE_MS = 5 * 60_000;
const FILES_AT_ONCE = 5_000;
const RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 60 * 60_000;

/**
 * Offers to the record what a patient puts into the drive: what comes without a pause of ten seconds is one import, with
 * one report and one line in the record of acts. Files that are locked are not finished and wait. The import takes
 * copies into quarantine, so that whatever happens in the drive meanwhile, it examines what it took.
 */
@Injectable()
export class DriveImports implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isLooking = false;
  private ending = false;
  private readonly failed = new Map<string, { readonly times: number; readonly notBefore: string }>();

  constructor(
    @InjectRepository(Account) private readonly accounts: Repository<Account>,
    @InjectRepository(Patient) private readonly patients: Repository<Patient>,
    private readonly waiting: WaitingFiles,
    private readonly imports: ImportsService,
    private readonly uploads: UploadStore,
    private readonly vault: VaultService,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.isLooking) return;
      this.isLooking = true;
      this.looking = this.look()
        .catch((error: unknown) => this.logger.warn({ code: Problem.from(error).code }, 'the drive waits'))
        .finally(() => (this.isLooking = false));
    }, LOOK_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.ending = true;
    clearInterval(this.timer);
    await this.looking;
  }

  /** Imports what has come to rest. */
  async look(): Promise<void> {
    const [quiet, late, now] = [
      this.clock.inMs(-QUIET_MS),
      this.clock.inMs(-PATIENCE_MS),
      this.clock.instant(),
    ];
    for (const { patientId, first, last } of await this.waiting.patients()) {
      if (this.ending) return;
      if (last > quiet && first > late) continue;
      if ((this.failed.get(patientId)?.notBefore ?? '') > now) continue;
      await this.take(patientId);
    }
  }

  private async take(patientId: string): Promise<void> {
    const files = await this.waiting.of(patientId, FILES_AT_ONCE);
    if (files.length === 0) return;
    try {
      await this.import(patientId, files);
      this.failed.delete(patientId);
    } catch (error) {
      if (this.ending) return;
      const { code, row } = Problem.from(error);
      this.logger.warn({ patientId, code }, 'files of the drive could not be taken in');
      if (row.retry === 'later' || code === 'vault.quota-exceeded') {
        this.waitLonger(patientId);
        return;
      }
    }
    await this.waiting.done(patientId, files);
  }

  private async import(patientId: string, files: readonly WaitingFile[]): Promise<void> {
    const patient = await this.patients.findOneByOrFail({ id: patientId });
    const account = await this.accounts.findOneByOrFail({ id: patient.accountId });
    const { id } = await this.imports.beginOwn(account, patient);
    try {
      const room = this.settings.vault.bytesPerPatient;
      const received = await this.uploads.receive(id, patientId, this.contents(patientId, files), room);
      await this.imports.examine(id, received, () => undefined);
    } catch (error) {
      await this.imports.giveUp(id).catch(() => undefined);
      throw error;
    }
  }

  private async *contents(patientId: string, files: readonly WaitingFile[]) {
    for (const { blobId, untrustedName } of files) {
      const content = await this.vault.open(patientId, blobId).catch((error: unknown) => {
        // It was removed or replaced in the meantime; what replaced it waits by itself.
        if (isProblem(error, 'delegation.not-visible')) return undefined;
        throw error;
      });
      if (content === undefined) continue;
      try {
        yield { name: untrustedName, content };
      } finally {
        content.destroy();
      }
    }
  }

  private waitLonger(patientId: string): void {
    const times = (this.failed.get(patientId)?.times ?? 0) + 1;
    const ms = Math.min(LONGEST_RETRY_MS, RETRY_MS * 2 ** (times - 1));
    this.failed.set(patientId, { times, notBefore: this.clock.inMs(ms) });
  }
}
