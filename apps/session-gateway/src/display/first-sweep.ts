import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { delay, LOGGER, Problem, type Logger } from '@vitrine/kernel';
import { ParticipationService } from '@vitrine/sessions';

const AGAIN_MS = 500;

/**
 * Marks those as gone who looked when an earlier gateway ended: their tunnels ended with it. Nobody joins before
 * that is written, which on the very first start waits for the control plane to make the tables.
 */
@Injectable()
export class FirstSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private done = false;

  constructor(
    private readonly participations: ParticipationService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws `kernel.busy` until the record is in order. */
  assertDone(): void {
    if (!this.done) throw new Problem('kernel.busy');
  }

  onApplicationBootstrap(): void {
    void this.sweep();
  }

  onApplicationShutdown(): void {
    this.stopping.abort();
  }

  private async sweep(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const left = await this.participations.leaveAll();
        this.done = true;
        if (left > 0) this.logger.info({ left }, 'closed joins of an earlier run');
        return;
      } catch (err) {
        this.logger.debug({ err }, 'database is not ready');
        await delay(AGAIN_MS, this.stopping.signal).catch(() => undefined);
      }
    }
  }
}
