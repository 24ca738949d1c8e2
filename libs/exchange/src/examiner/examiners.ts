import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '@vitrine/kernel';
import { VaultService } from '@vitrine/vault';
import { UploadStore } from '../uploads/upload-store.js';
import { Examiner } from './examiner.js';
import { walls, type Walls } from './isolation.js';

const IDLE_MS = 10_000;
const IDLE_AT_ONCE = 4;
/** Who still receives may take as long as the sender likes, and a process costs memory. */
const AHEAD_AT_ONCE = 2;
/** Its start takes a processor for some tenths of a second: not beside what was just asked for. */
const STAND_BY_AFTER_MS = 2_000;

/**
 * Gives each sender an examiner of its own: what takes one over sees no other person's files. It waits a moment for
 * the next import of the same sender, since a scanner sends a series image by image and a process takes longer to
 * start than an image to read. For the next sender one stands by that was started already and has seen nothing.
 */
@Injectable()
export class Examiners implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly idle = new Map<string, { readonly examiner: Examiner; readonly timer: NodeJS.Timeout }>();

  private fresh: Examiner | undefined;
  private ahead = 0;
  private standingBy: NodeJS.Timeout | undefined;
  private ended = false;

  constructor(
    private readonly uploads: UploadStore,
    private readonly vault: VaultService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const { network, sockets } = this.walls();
    const warn = (what: string) =>
      this.logger.warn(
        `the process that reads untrusted files ${what}; its other limits hold (docs/operating/examiner.md)`,
      );
    if (!network) warn('has no network of its own, since this kernel refuses “unshare --net”');
    if (!sockets)
      warn('may open sockets, since no filter can be set: there is no Perl, or another processor');
    this.standBy();
  }

  /** @param sender who sends, and into whose record. Whoever borrows it gives it back. */
  lend(sender: string): Examiner {
    const waiting = this.idle.get(sender);
    if (waiting === undefined) return this.take();
    clearTimeout(waiting.timer);
    this.idle.delete(sender);
    return waiting.examiner;
  }

  /**
   * For one who looks at what came while more is coming. Undefined while others do, who may be slow: then it is looked at
   * in the end, as ever. Whoever borrows it calls `giveBackAhead`.
   */
  lendAhead(sender: string): Examiner | undefined {
    if (this.ahead >= AHEAD_AT_ONCE) return undefined;
    this.ahead++;
    return this.lend(sender);
  }

  giveBackAhead(sender: string, examiner: Examiner): void {
    this.ahead--;
    this.giveBack(sender, examiner);
  }

  giveBack(sender: string, examiner: Examiner): void {
    this.standBy();
    if (this.ended || this.idle.has(sender) || this.idle.size >= IDLE_AT_ONCE) {
      examiner.close();
      return;
    }
    const timer = setTimeout(() => {
      this.idle.delete(sender);
      examiner.close();
    }, IDLE_MS);
    timer.unref();
    this.idle.set(sender, { examiner, timer });
  }

  onModuleDestroy(): void {
    this.ended = true;
    clearTimeout(this.standingBy);
    this.fresh?.close();
    for (const { examiner, timer } of this.idle.values()) {
      clearTimeout(timer);
      examiner.close();
    }
    this.idle.clear();
  }

  /** Which walls this machine gives an examiner. */
  protected walls(): Walls {
    return walls();
  }

  private make(): Examiner {
    return new Examiner({ work: this.uploads.folder, pending: this.vault.pendingFolder });
  }

  private take(): Examiner {
    clearTimeout(this.standingBy);
    const fresh = this.fresh ?? this.make();
    this.fresh = undefined;
    return fresh;
  }

  private standBy(): void {
    clearTimeout(this.standingBy);
    if (this.ended || this.fresh !== undefined) return;
    this.standingBy = setTimeout(() => {
      this.fresh = this.make();
      this.fresh.warmUp();
    }, STAND_BY_AFTER_MS);
    this.standingBy.unref();
  }
}
