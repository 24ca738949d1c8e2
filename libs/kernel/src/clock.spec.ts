import { describe, expect, it } from '@jest/globals';
import { SystemClock } from './clock.js';

const NOON = Date.parse('2026-01-31T12:00:00.000Z');
const HOUR_MS = 60 * 60_000;

/** A machine whose time of day somebody sets. */
function machine() {
  const told: number[] = [];
  let [steady, set] = [5_000.25, NOON - 5_000.25];
  const clock = new SystemClock({
    wall: () => Math.floor(steady + set),
    steady: () => steady,
    onSetBack: (ms) => told.push(ms),
  });
  return {
    clock,
    told,
    pass: (ms: number) => (steady += ms),
    setBy: (ms: number) => (set += ms),
    sinceNoon: () => clock.now().getTime() - NOON,
  };
}

describe('the time of day', () => {
  it('is the machine’s, also after it was set forward', () => {
    const { pass, setBy, sinceNoon } = machine();
    expect(sinceNoon()).toBe(0);
    pass(HOUR_MS);
    expect(sinceNoon()).toBe(HOUR_MS);
    setBy(HOUR_MS);
    expect(sinceNoon()).toBe(2 * HOUR_MS);
  });

  it('goes on as it was when the machine’s is set back, until that has caught up', () => {
    const { pass, setBy, sinceNoon } = machine();
    expect(sinceNoon()).toBe(0);
    setBy(-10 * HOUR_MS);
    pass(HOUR_MS);
    expect(sinceNoon()).toBe(HOUR_MS);
    setBy(12 * HOUR_MS);
    expect(sinceNoon()).toBe(3 * HOUR_MS);
  });

  it('says once that it was set back, and nothing of the corrections of every day', () => {
    const { pass, setBy, sinceNoon, told } = machine();
    for (const ms of [0, -500, 200]) {
      setBy(ms);
      pass(1_000);
      sinceNoon();
    }
    expect(told).toEqual([]);
    setBy(-HOUR_MS);
    for (let n = 0; n < 3; n++) sinceNoon();
    expect(told).toHaveLength(1);
    expect(told[0]).toBeCloseTo(HOUR_MS, -3);
    setBy(2 * HOUR_MS);
    sinceNoon();
    setBy(-HOUR_MS);
    sinceNoon();
    expect(told).toHaveLength(2);
  });

  it('is the real one where nobody says otherwise', () => {
    expect(Math.abs(new SystemClock().now().getTime() - Date.now())).toBeLessThan(1_000);
  });
});
