import { Inject, Injectable } from '@nestjs/common';
import { delay, LOGGER, Problem, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { contentOf, type SourceFile } from '@vitrine/vault';
import { ClamdAway, scanStream, type Verdict } from './clamd.js';

export interface ScanPatience {
  /** A restart of clamd, which reads all its signatures, takes some 20 s. */
  readonly tries: number;
  readonly pauseMs: number;
  /** clamd itself gives a file up after 120 s (`MaxScanTime`). */
  readonly silenceMs: number;
}

export const SCAN_PATIENCE: ScanPatience = { tries: 10, pauseMs: 3_000, silenceMs: 150_000 };

/** Each takes a thread of clamd, which has 10 by default and may serve others. */
const AT_ONCE = 4;

/**
 * Shows files to the operator's ClamAV, where one is set up. The bytes are opened here and not by the process that
 * reads untrusted files: nothing parses them on this side, and a process that a file has taken over must not be the one
 * to report that the file is clean.
 */
@Injectable()
export class VirusScanner {
  private readonly socketPath: string | undefined;
  private readonly waiting: (() => void)[] = [];
  private scanning = 0;
  /** When it was last given up, so that the other files of an import do not each wait as long. */
  private givenUpAt = Number.NEGATIVE_INFINITY;
  patience = SCAN_PATIENCE;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.socketPath = settings.clamdSocket;
  }

  /**
   * What ClamAV says of the file; undefined where none is set up. Throws `exchange.scanner-away` when it does not answer
   * after several tries: what was not looked at is not taken in.
   */
  async scan(file: SourceFile, signal?: AbortSignal): Promise<Verdict | undefined> {
    const { socketPath } = this;
    if (socketPath === undefined) return undefined;
    await this.turn();
    try {
      return await this.tries(socketPath, file, signal);
    } finally {
      this.scanning--;
      this.waiting.shift()?.();
    }
  }

  private async tries(socketPath: string, file: SourceFile, signal?: AbortSignal): Promise<Verdict> {
    const { pauseMs, silenceMs } = this.patience;
    const tries = performance.now() - this.givenUpAt < pauseMs ? 1 : this.patience.tries;
    for (let tried = 1; ; tried++) {
      signal?.throwIfAborted();
      try {
        return await scanStream(socketPath, contentOf(file), silenceMs, signal);
      } catch (error) {
        if (!(error instanceof ClamdAway)) throw error;
        if (tried >= tries) {
          this.givenUpAt = performance.now();
          throw new Problem('exchange.scanner-away', { cause: error });
        }
        this.logger.warn({ tried, why: error.message }, 'the virus scanner does not answer');
        await delay(pauseMs, signal);
      }
    }
  }

  private async turn(): Promise<void> {
    while (this.scanning >= AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.scanning++;
  }
}
