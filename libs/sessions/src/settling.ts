import { Injectable } from '@nestjs/common';
import { Processors } from './processors.js';
import { StatusWatcher } from './status-watcher.js';

/** A viewer that shows nothing may be one that never says so. */
const USUALLY_MS = 10_000;
/** On a busy machine it more likely has not got there yet. */
const AT_MOST_MS = 60_000;
const LOOK_MS = 1_000;
/** Of all processors: with less to spare, another start would only make all of them slower. */
const BUSY = 0.9;

/**
 * A display that answers is where most of a viewer's work begins. Those that let the next ones start at that moment had
 * ninety viewers at once get in each other's way until starts took longer than they may.
 */
@Injectable()
export class Settling {
  constructor(
    private readonly watcher: StatusWatcher,
    private readonly processors: Processors,
  ) {}

  /**
   * Returns when a session whose display answers shows something or is over; when it does neither, after ten seconds, or
   * when the processors have something to spare after that, or after a minute. Never rejects.
   */
  async settled(sessionId: string): Promise<void> {
    let waited = USUALLY_MS;
    if (await this.watcher.shown(sessionId, waited)) return;
    for (; waited < AT_MOST_MS; waited += LOOK_MS) {
      const load = this.processors.watch();
      if (await this.watcher.shown(sessionId, LOOK_MS)) return;
      if (load() < BUSY) return;
    }
  }
}
