import { Inject, Injectable } from '@nestjs/common';
import { delay, isProblem, LOGGER, Problem, withDeadline, type Logger } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import { SessionStore } from './session-store.js';
import type { ViewerStatus } from './session.entity.js';

const OFTEN_MS = 100;
const SELDOM_MS = 1_000;
/** Of its age: who has waited long for a viewer does not notice that the word comes later by so much. */
const LATER_BY = 0.05;
/** A viewer that has shown nothing in this time never will; the word stays what it is. */
const LIMIT_MS = 30 * 60_000;

interface Watch {
  readonly controller: AbortController;
  /** Never rejects. */
  readonly over: Promise<void>;
}

/**
 * Follows what a viewer says of itself until it shows something. The word is the guest's: it tells the person what to
 * expect on the screen, and nothing is decided by it.
 */
@Injectable()
export class StatusWatcher {
  private readonly watched = new Map<string, Watch>();

  constructor(
    private readonly store: SessionStore,
    private readonly host: SessionHost,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Returns at once; no-op while the session is being watched. */
  watch(sessionId: string): void {
    if (this.watched.has(sessionId)) return;
    const controller = new AbortController();
    const over = this.follow(sessionId, controller.signal)
      .catch((error: unknown) => {
        if (controller.signal.aborted) return;
        this.logger.warn(
          { sessionId, code: Problem.from(error).code },
          'the status of a viewer cannot be read',
        );
      })
      .finally(() => {
        if (this.watched.get(sessionId)?.controller === controller) this.watched.delete(sessionId);
      });
    this.watched.set(sessionId, { controller, over });
  }

  /** True when the viewer shows something or is not watched any more; false when neither is so after these milliseconds. */
  shown(sessionId: string, ms: number): Promise<boolean> {
    const { over = Promise.resolve() } = this.watched.get(sessionId) ?? {};
    return withDeadline(ms, 'hypervisor.took-too-long', () => over).then(
      () => true,
      () => false,
    );
  }

  stop(sessionId: string): void {
    this.watched.get(sessionId)?.controller.abort(new Error('the session is over'));
    this.watched.delete(sessionId);
  }

  stopAll(): void {
    for (const id of [...this.watched.keys()]) this.stop(id);
  }

  private async follow(sessionId: string, signal: AbortSignal): Promise<void> {
    const began = performance.now();
    let said: ViewerStatus | undefined;
    for (;;) {
      const word = await this.host.word(sessionId, { signal }).catch(hostIsAway);
      if (word !== undefined && word !== said) {
        said = word;
        await this.store.noteViewerStatus(sessionId, word);
      }
      const age = performance.now() - began;
      if (said === 'showing' || said === 'refused' || age > LIMIT_MS) return;
      await delay(Math.min(SELDOM_MS, Math.max(OFTEN_MS, age * LATER_BY)), signal);
    }
  }
}

/** The host was started anew and says it later. */
function hostIsAway(error: unknown): undefined {
  if (!isProblem(error, 'hypervisor.unreachable')) throw error;
}
