import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { delay, LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { VaultService } from './vault.service.js';

/** Whoever waits for the start comes first. */
const FIRST_REST_MS = 1_000;
/** Object storage may be away for a while. */
const AGAIN_MS = 60_000;

/**
 * Removes, once after each start, bytes that no row names. In the background: a start that looked through all that is
 * stored before it served took the longer the more people trusted it with.
 */
@Injectable()
export class VaultSweep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly vault: VaultService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort(new Problem('kernel.busy'));
    await this.running;
  }

  /** Returns when all was looked through since the start, or the process ends. */
  settled(): Promise<void> {
    return this.running;
  }

  private async run(): Promise<void> {
    for (let rest = FIRST_REST_MS; ; rest = AGAIN_MS) {
      await delay(rest, this.stopping.signal).catch(() => undefined);
      if (this.isStopping()) return;
      try {
        const files = await this.vault.sweepUnnamed(this.stopping.signal);
        if (files > 0) this.logger.info({ files }, 'bytes that nothing names were removed');
        return;
      } catch (error) {
        if (this.isStopping()) return;
        const { code } = Problem.from(error);
        this.logger.warn({ code }, 'bytes that nothing names could not be looked for yet');
      }
    }
  }

  private isStopping(): boolean {
    return this.stopping.signal.aborted;
  }
}
