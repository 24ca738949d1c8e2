/** A moment as text: ISO 8601, UTC, milliseconds (`2026-01-31T09:30:00.000Z`). Sorts and compares as text. */
export type Instant = string;

/** The only source of the time of day, so that tests can move it. */
export abstract class Clock {
  abstract now(): Date;

  instant(): Instant {
    return this.now().toISOString();
  }

  /** The moment `ms` milliseconds from now (or before, if negative). */
  inMs(ms: number): Instant {
    return new Date(this.now().getTime() + ms).toISOString();
  }
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}
