import { later, type Instant } from '@vitrine/kernel';
import {
  earliest,
  latestEnd,
  ownPlace,
  without,
  type Occupancy,
  type Room,
} from './reservations/occupancy.js';

/** Nobody is let in for less than this because a place is kept for somebody else; they wait until that is over. */
export const SHORTEST_MS = 15 * 60_000;

/** Who wants to start. */
export interface Entrant {
  readonly id: string;
  readonly personId: string;
  readonly memoryMiB: number;
  /** It may not run longer, however long it waits. */
  readonly notAfter: Instant;
  /** Its own longest time, where that is not the usual one. */
  readonly longestMs?: number;
  /** It was let in before, by a process that is gone, and only goes on with its start. */
  readonly terms?: Terms;
}

/** On which it is let in. */
export interface Terms {
  /** The usual time, or less where the memory is kept for somebody else then. */
  readonly endsAt: Instant;
  /** The place that was kept for its person, which it takes. */
  readonly reservationId?: string;
}

export interface TermLimits extends Room {
  /** A session's usual time. */
  readonly longestMs: number;
}

/** Pure: when it ends where memory is no matter. */
export const usualEnd = (entrant: Entrant, now: Instant, usualMs: number): Instant =>
  earliest(entrant.notAfter, later(now, entrant.longestMs ?? usualMs));

/** Pure: on which terms it may start now; undefined where it has to wait. */
export function termsOf(
  entrant: Entrant,
  occupancy: Occupancy,
  now: Instant,
  limits: TermLimits,
): Terms | undefined {
  if (entrant.terms) return entrant.terms;
  const { memoryMiB, personId } = entrant;
  const own = ownPlace(personId, now, occupancy);
  const wished = usualEnd(entrant, now, limits.longestMs);
  const need = { memoryMiB, start: now, wished };
  const endsAt = latestEnd(need, now, without(own, occupancy), limits);
  const least = earliest(wished, later(now, SHORTEST_MS), ...(own ? [own.endsAt] : []));
  if (endsAt === undefined || endsAt < least) return undefined;
  return own ? { endsAt, reservationId: own.id } : { endsAt };
}
