import { Clock } from '../src/clock.js';

/** A clock that stands still until it is told to move. */
export class FakeClock extends Clock {
  constructor(private current = new Date('2026-01-31T09:30:00.000Z')) {
    super();
  }

  override now(): Date {
    return new Date(this.current);
  }

  advance(ms: number): void {
    this.current = new Date(this.current.getTime() + ms);
  }
}

export { runWithoutRoom } from './run-without-room.js';
