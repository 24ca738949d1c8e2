import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { delay } from '@vitrine/kernel';
import { Session } from './session.entity.js';
import type { SessionState } from './session-machine.js';

const STARTING: readonly SessionState[] = ['requested', 'preparing', 'starting'];
/** The row is written by another process. Reading it costs a fraction of a millisecond, and somebody waits for a picture. */
const LOOK_MS = 10;

/** Lets a browser that came early wait at the door of a display, instead of asking again and again from afar. */
@Injectable()
export class DisplayReadiness {
  constructor(@InjectRepository(Session) private readonly sessions: Repository<Session>) {}

  /**
   * Returns when the session no longer starts: its display answers, or it is over, which whoever redeems a ticket for
   * it is told. Throws the signal's reason.
   */
  async wait(sessionId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const session = await this.sessions.findOne({
        select: { id: true, state: true },
        where: { id: sessionId },
      });
      if (session === null || !STARTING.includes(session.state)) return;
      await delay(LOOK_MS, signal);
    }
  }
}
