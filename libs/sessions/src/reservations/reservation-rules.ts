import { later, Problem, type Instant } from '@vitrine/kernel';
import type { Session } from '../session.entity.js';
import { hasRoom, type KeptPlace, type Occupancy } from './occupancy.js';
import type { Reservation } from './reservation.entity.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A place without a viewer is given to others after this. */
export const LAPSE_MS = 15 * MINUTE_MS;
/** Longer than anybody waits in line: who waits when it is made is not sent behind it. */
export const SOONEST_MS = 60 * MINUTE_MS;
export const DAYS_AHEAD = 14;
export const SHORTEST_MINUTES = 15;
export const MOST_PER_PERSON = 2;
/** Of the host's memory, so that people who keep places cannot keep everybody else out. */
const MOST_SHARE = 0.5;
const STEP_MS = 15 * MINUTE_MS;

export interface ReservationTime {
  readonly beginsAt: Instant;
  readonly minutes: number;
}

/** What of a session matters to the place that its patient has. */
export type SessionOnPlace = Pick<Session, 'patientId' | 'state' | 'createdAt' | 'endedAt' | 'reservationId'>;

/**
 * Whether it is still kept: not cancelled, not over, and not left without a viewer for longer than is allowed. Whoever
 * came in time and only waits has not left it.
 */
export function isKept(
  place: Pick<Reservation, 'id' | 'patientId' | 'beginsAt' | 'endsAt' | 'cancelledAt'>,
  sessions: readonly SessionOnPlace[],
  now: Instant,
): boolean {
  if (place.cancelledAt !== null || place.endsAt <= now) return false;
  const ends = sessions
    .filter(({ reservationId }) => reservationId === place.id)
    .map(({ endedAt }) => endedAt);
  if (ends.includes(null)) return true;
  const leftAt = ends.reduce<Instant>((last, at) => (at !== null && at > last ? at : last), place.beginsAt);
  const lapsesAt = later(leftAt, LAPSE_MS);
  return (
    now < lapsesAt ||
    sessions.some(
      ({ patientId, state, createdAt }) =>
        patientId === place.patientId && state === 'requested' && createdAt < lapsesAt,
    )
  );
}

/** When it ends. Throws `sessions.reservation-time` for a time at which no place is kept. */
export function endOf({ beginsAt, minutes }: ReservationTime, now: Instant, longestMs: number): Instant {
  const known =
    beginsAt >= later(now, SOONEST_MS) &&
    beginsAt <= later(now, DAYS_AHEAD * DAY_MS) &&
    minutes >= SHORTEST_MINUTES &&
    minutes * MINUTE_MS <= Math.max(longestMs, SHORTEST_MINUTES * MINUTE_MS);
  if (!known) throw new Problem('sessions.reservation-time');
  return later(beginsAt, minutes * MINUTE_MS);
}

/**
 * Throws unless this place can be kept beside all that is known: `sessions.reservation-limit`,
 * `sessions.reservation-too-large`, or `sessions.reservation-full` with the next free time as `nextFree`.
 */
export function checkRoom(
  place: Omit<KeptPlace, 'id'>,
  now: Instant,
  occupancy: Occupancy,
  availableMiB: number,
): void {
  const own = occupancy.kept.filter(({ personId }) => personId === place.personId);
  if (own.length >= MOST_PER_PERSON)
    throw new Problem('sessions.reservation-limit', { extensions: { limit: MOST_PER_PERSON } });
  const limits = { availableMiB, mostMiB: availableMiB * MOST_SHARE };
  if (place.memoryMiB > limits.mostMiB) throw new Problem('sessions.reservation-too-large');
  if (hasRoom(place, now, occupancy, limits)) return;
  const last = later(now, DAYS_AHEAD * DAY_MS);
  const moved = (ms: number) => ({
    ...place,
    beginsAt: later(place.beginsAt, ms),
    endsAt: later(place.endsAt, ms),
  });
  for (let ms = STEP_MS, next = moved(ms); next.beginsAt <= last; next = moved((ms += STEP_MS)))
    if (hasRoom(next, now, occupancy, limits))
      throw new Problem('sessions.reservation-full', { extensions: { nextFree: next.beginsAt } });
  throw new Problem('sessions.reservation-full');
}
