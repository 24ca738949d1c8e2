/** A moment as text: ISO 8601, UTC, milliseconds (`2026-01-31T09:30:00.000Z`). Sorts and compares as text. */
export type Instant = string;

/** The moment `ms` milliseconds after another. Two looks at a clock are two moments. */
export const later = (instant: Instant, ms: number): Instant =>
  new Date(Date.parse(instant) + ms).toISOString();

/** The only source of the time of day, so that tests can move it. */
export abstract class Clock {
  abstract now(): Date;

  instant(): Instant {
    return this.now().toISOString();
  }

  /** The moment `ms` milliseconds from now (or before, if negative). */
  inMs(ms: number): Instant {
    return later(this.instant(), ms);
  }
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}
