import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, SETTINGS, type Logger, type Settings } from '@vitrine/kernel';
import { Ballast } from '@vitrine/persistence';

const LOOK_MS = 10_000;
/** With less than this an ordinary picture has no room. */
const FULL_BELOW_BYTES = 1024 ** 2;

/** Lays the ballast, lays it again when there is room, and tells the operator when the disk is full. */
@Injectable()
export class DiskWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly ballast: Ballast;
  private readonly ending = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private wasFull = false;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.ballast = new Ballast(settings.dataDir);
  }

  onApplicationBootstrap(): void {
    const look = () =>
      void this.look().catch((err: unknown) => this.logger.error({ err }, 'no look at the disk'));
    look();
    this.timer = setInterval(look, LOOK_MS);
    this.timer.unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.ending.abort();
    await this.looking?.catch(() => undefined);
  }

  async isFull(): Promise<boolean> {
    return (await this.ballast.room()).forContent < FULL_BELOW_BYTES;
  }

  /** Looks now. Who asks while a look is under way waits for that one. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    await this.ballast.lay(this.ending.signal);
    const isFull = await this.isFull();
    if (isFull === this.wasFull) return;
    this.wasFull = isFull;
    const room = await this.ballast.room();
    if (isFull)
      this.logger.error(room, 'the disk is full: no file is taken in; deleting and ending still work');
    else this.logger.info(room, 'the disk has room again');
  }
}
