import { Injectable } from '@nestjs/common';
import { Problem, type ProblemCode } from '@vitrine/kernel';
import type { CutRequest, ParticipantRef } from '@vitrine/sessions';
import { Seat } from './seat.js';

/** As many as one display bridge carries at 1280×800 (ADR 0050). */
const PER_SESSION = 12;
/** Of them, those that nobody with a link takes: who let others in must not be kept out by them. */
const KEPT_FOR_ACCOUNTS = 2;
const PER_PARTICIPANT = 6;
/** A connection is closed when this returns; that its leave is on record is waited for only so long. */
const RECORD_WAIT_MS = 300;

/** Everybody who looks at a display, or is about to. */
@Injectable()
export class TunnelRegistry {
  private readonly seats = new Set<Seat>();

  get size(): number {
    return this.seats.size;
  }

  /**
   * Takes a seat before the ticket is redeemed. The caller calls `leave` on it in the end.
   *
   * Throws `kernel.too-many-requests` where no seat is left for this person.
   */
  register(sessionId: string, participant: Pick<ParticipantRef, 'kind' | 'id'>): Seat {
    const taken = [...this.seats].filter((seat) => seat.sessionId === sessionId);
    const own = taken.filter((seat) => seat.participant.id === participant.id);
    const visitors = taken.filter((seat) => seat.participant.kind === 'visitor');
    const isFull =
      taken.length >= PER_SESSION ||
      own.length >= PER_PARTICIPANT ||
      (participant.kind === 'visitor' && visitors.length >= PER_SESSION - KEPT_FOR_ACCOUNTS);
    if (isFull) throw new Problem('kernel.too-many-requests');
    const seat = new Seat(sessionId, participant, (left) => this.seats.delete(left));
    this.seats.add(seat);
    return seat;
  }

  /** Ends the named tunnels, also those that are joining; returns after the last is closed, with their number. */
  cut(what: CutRequest): Promise<number> {
    const named = (list: readonly string[] | undefined, id: string | undefined) =>
      id !== undefined && list?.includes(id) === true;
    return this.end((seat) => {
      if (named(what.sessionIds, seat.sessionId)) return what.reason ?? 'sessions.ended';
      const person = named(what.participantIds, seat.participant.id);
      return person || named(what.participationIds, seat.participationId)
        ? (what.reason ?? 'sessions.cut-off')
        : undefined;
    });
  }

  /** For the end of the process: the browsers come back by themselves. */
  cutAll(): Promise<number> {
    return this.end(() => 'sessions.display-lost');
  }

  private async end(why: (seat: Seat) => ProblemCode | undefined): Promise<number> {
    const ended: Seat[] = [];
    for (const seat of this.seats) {
      const reason = why(seat);
      if (reason === undefined) continue;
      ended.push(seat);
      seat.cut(reason);
    }
    await Promise.all(ended.map((seat) => seat.vacated));
    await atMost(RECORD_WAIT_MS, Promise.all(ended.map((seat) => seat.recorded)));
    return ended.length;
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
