import { later, type Instant } from '@vitrine/kernel';

/** So long before a kept place begins, its memory is free: what has to end by then needs a moment to be taken away. */
export const EARLY_MS = 5 * 60_000;

/** What holds memory on this host, or is about to: a session that runs or starts. */
export interface Holder {
  readonly id: string;
  readonly personId: string;
  readonly memoryMiB: number;
  /** It is over by then, whatever happens. */
  readonly endsAt: Instant;
  /** The kept place that it has taken. */
  readonly reservationId?: string;
}

/** Memory that nobody else gets from shortly before `beginsAt` until `endsAt`. */
export interface KeptPlace {
  readonly id: string;
  readonly personId: string;
  readonly memoryMiB: number;
  readonly beginsAt: Instant;
  readonly endsAt: Instant;
}

/** All that is known of who has the host's memory, now and later. */
export interface Occupancy {
  readonly holders: readonly Holder[];
  readonly kept: readonly KeptPlace[];
}

/** From when on its memory is free, and its person may come. */
export const keptFrom = ({ beginsAt }: Pick<KeptPlace, 'beginsAt'>): Instant => later(beginsAt, -EARLY_MS);

/** Moments compare as text. */
export const earliest = (first: Instant, ...more: readonly Instant[]): Instant =>
  more.reduce((soonest, at) => (at < soonest ? at : soonest), first);

const sum = (all: readonly { readonly memoryMiB: number }[]): number =>
  all.reduce((total, { memoryMiB }) => total + memoryMiB, 0);

const covers = (place: KeptPlace, at: Instant): boolean => keptFrom(place) <= at && at < place.endsAt;

/** MiB of kept places alone. */
export const keptAt = (at: Instant, { kept }: Occupancy): number =>
  sum(kept.filter((place) => covers(place, at)));

/**
 * MiB that are taken at `at`. A kept place and the viewer on it count as the larger of the two, so that whoever closes
 * one viewer and opens another on the same place finds room. What still runs now counts, also after its time.
 */
export function takenAt(at: Instant, now: Instant, { holders, kept }: Occupancy): number {
  const running = holders.filter(({ endsAt }) => at <= now || endsAt > at);
  const rest = kept
    .filter((place) => covers(place, at))
    .map(({ id, memoryMiB }) =>
      Math.max(0, memoryMiB - sum(running.filter(({ reservationId }) => reservationId === id))),
    );
  return sum(running) + rest.reduce((total, one) => total + one, 0);
}

/** Between two moments more memory is taken only where a kept place begins: whoever fits there fits everywhere. */
const beginnings = ({ kept }: Occupancy, after: Instant, before: Instant): Instant[] =>
  kept
    .map(keptFrom)
    .filter((at) => at > after && at < before)
    .sort();

/** What all may have together, in MiB. */
export interface Room {
  readonly availableMiB: number;
  /** At this moment, where the machine was measured. */
  readonly nowMiB?: number;
}

/**
 * Until when so much memory can be had from `start` on, at most until `wished`. Undefined when not even at `start`.
 * `now` is where `holders` are looked at.
 */
export function latestEnd(
  need: { readonly memoryMiB: number; readonly start: Instant; readonly wished: Instant },
  now: Instant,
  occupancy: Occupancy,
  { availableMiB, nowMiB = availableMiB }: Room,
): Instant | undefined {
  const { memoryMiB, start, wished } = need;
  const fits = (at: Instant) => takenAt(at, now, occupancy) + memoryMiB <= (at > now ? availableMiB : nowMiB);
  if (!fits(start)) return undefined;
  return beginnings(occupancy, start, wished).find((at) => !fits(at)) ?? wished;
}

/** The place that is kept for this person at `at` and has no viewer yet. */
export const ownPlace = (
  personId: string,
  at: Instant,
  { holders, kept }: Occupancy,
): KeptPlace | undefined =>
  kept
    .filter((place) => place.personId === personId && covers(place, at))
    .sort((a, b) => a.beginsAt.localeCompare(b.beginsAt))
    .find(({ id }) => !holders.some(({ reservationId }) => reservationId === id));

/** As a person finds it whose place is this one. */
export const without = (own: KeptPlace | undefined, occupancy: Occupancy): Occupancy =>
  own === undefined ? occupancy : { ...occupancy, kept: occupancy.kept.filter(({ id }) => id !== own.id) };

/**
 * Whether another place can be kept: no more than `mostMiB` is kept for people at any moment, and with what runs into it
 * nobody is promised more than there is.
 */
export function hasRoom(
  place: Pick<KeptPlace, 'memoryMiB' | 'beginsAt' | 'endsAt'>,
  now: Instant,
  occupancy: Occupancy,
  limits: { readonly availableMiB: number; readonly mostMiB: number },
): boolean {
  const start = keptFrom(place);
  return [start, ...beginnings(occupancy, start, place.endsAt)].every(
    (at) =>
      keptAt(at, occupancy) + place.memoryMiB <= limits.mostMiB &&
      takenAt(at, now, occupancy) + place.memoryMiB <= limits.availableMiB,
  );
}
