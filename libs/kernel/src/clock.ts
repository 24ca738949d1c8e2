import type { Logger } from './logger.js';

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

/** Set back by less is what every machine does when it asks others for the time. */
const SET_BACK_MS = 60_000;

export interface SystemClockOptions {
  /** Called once when the machine's time of day was set back; `ms` by how much. */
  readonly onSetBack?: (ms: number) => void;
  /** The machine's time of day (ms since 1970), which can be set. */
  readonly wall?: () => number;
  /** Runs on whatever is set (ms since some moment). */
  readonly steady?: () => number;
}

/**
 * The machine's time of day, which never runs backwards while the process lives (ADR 0044): what has expired stays
 * expired, and what is let for two hours ends after two hours.
 */
export class SystemClock extends Clock {
  /** The largest that `wall` was ever ahead of `steady`. */
  private ahead = -Infinity;
  private isSetBack = false;
  private readonly onSetBack: (ms: number) => void;
  private readonly wall: () => number;
  private readonly steady: () => number;

  constructor({
    onSetBack = () => undefined,
    wall = Date.now,
    steady = () => performance.now(),
  }: SystemClockOptions = {}) {
    super();
    this.onSetBack = onSetBack;
    this.wall = wall;
    this.steady = steady;
  }

  override now(): Date {
    const steady = this.steady();
    const ahead = this.wall() - steady;
    this.ahead = Math.max(this.ahead, ahead);
    const setBackMs = Math.round(this.ahead - ahead);
    if (setBackMs >= SET_BACK_MS && !this.isSetBack) this.onSetBack(setBackMs);
    this.isSetBack = setBackMs >= SET_BACK_MS;
    return new Date(steady + this.ahead);
  }
}

/** The clock of a process, which tells its operator when it no longer follows the machine's. */
export const systemClock = (logger: Logger): SystemClock =>
  new SystemClock({
    onSetBack: (ms) =>
      logger.warn(
        { ms },
        'the time of day was set back; this process keeps its own until it is started anew',
      ),
  });
