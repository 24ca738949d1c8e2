import { Inject, Injectable } from '@nestjs/common';
import type { Collection } from '@vitrine/hypervisor';
import { LOGGER, Problem, withDeadline, type Logger, type ProblemCode } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import { SessionStore } from './session-store.js';
import type { Session } from './session.entity.js';

const COLLECT_MS = 30_000;
const LOOK_MS = 3_000;

/** Keeps what was saved in a viewer until the patient has decided; whoever knows how files come into a record does it. */
export abstract class ResultsKeeper {
  /**
   * Returns when they survive a power cut, or are not wanted any more. Asked again for the same session it keeps nothing
   * twice.
   */
  abstract keep(session: Session, left: Collection): Promise<void>;

  /** What was saved cannot be had from the session: has the patient told, unless it was kept before. */
  abstract lose(session: Session, code: ProblemCode): Promise<void>;

  /** What was saved is gone with the memory that it lay in: has the patient told, unless it was kept before. */
  abstract miss(session: Session): Promise<void>;
}

/** Takes what was saved in a viewer out of a session that ends, before its folder goes, and knows when it is gone before that. */
@Injectable()
export class SessionResults {
  constructor(
    private readonly host: SessionHost,
    private readonly keeper: ResultsKeeper,
    private readonly store: SessionStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Remembers in which of the sessions something lies that was saved. The folders are in memory: a machine that stops takes
   * them along, and nobody else could say afterwards that something was there.
   */
  async look(sessions: readonly Session[]): Promise<void> {
    const able = sessions.filter(({ plan }) => plan.results);
    if (able.length === 0) return;
    const holding = await withDeadline(LOOK_MS, 'hypervisor.unreachable', (signal) =>
      this.host.withResults(
        able.map(({ id }) => id),
        { signal },
      ),
    );
    for (const { id, holdsResults } of able)
      if (holding.includes(id) !== holdsResults) await this.store.noteResults(id, !holdsResults);
  }

  /**
   * The session's viewer is gone after it. Throws what may be over when it is tried again; anything else must not keep a
   * session from ending: its results are lost, and the patient is told.
   */
  async take(session: Session): Promise<void> {
    if (!session.plan.results) return;
    try {
      const left = await withDeadline(COLLECT_MS, 'hypervisor.unreachable', (signal) =>
        this.host.collect(session.id, { signal }),
      );
      if (left === undefined) {
        if (session.holdsResults) await this.keeper.miss(session);
      } else if (left.files.length + left.refused > 0) await this.keeper.keep(session, left);
      // Whoever saved it took it away again; a second try, without the folder, must not take it for lost.
      else if (session.holdsResults) await this.store.noteResults(session.id, false);
    } catch (error) {
      const { code, row, cause, logContext } = Problem.from(error);
      if (row.retry === 'later' && code !== 'kernel.unexpected') throw error;
      const context = { sessionId: session.id, code, ...logContext, err: cause };
      this.logger.error(context, 'what was saved in a viewer cannot be taken out');
      await this.keeper.lose(session, code).catch((failure: unknown) => {
        this.logger.error({ ...context, err: failure }, 'the patient could not be told of it');
      });
    }
  }
}
