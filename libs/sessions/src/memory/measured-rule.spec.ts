import { describe, expect, it } from '@jest/globals';
import { sessionMiB } from '../host-capacity.js';
import type { SessionPlan } from '../session.entity.js';
import { ENOUGH, learnedMiB, roomNow, weightOf, type Peak, type Weight } from './measured-rule.js';

const MIB = 1024 * 1024;
const plan: SessionPlan = {
  network: 'none',
  resources: { cpus: 1, memoryMiB: 808, pids: 64, scratchMiB: 16 },
  guacdDigest: '',
  registration: null,
  bytes: 90 * MIB,
  files: 0,
};
/** Both guests; then a record of 90 MiB with 4 to spare, and the places of the guests. */
const [GUESTS, REST] = [1000, 96];
const peaks = (count: number, peakMiB: (index: number) => number, bytes = 90 * MIB): Peak[] =>
  Array.from({ length: count }, (_, index) => ({ peakMiB: peakMiB(index), bytes }));
const seen = (change: object) => ({ sessionId: 'a', guestsMiB: 0, peakMiB: 0, recordMiB: 0, ...change });

describe('what a viewer needs', () => {
  it('is what 95 of 100 sessions of it got along with, and a quarter more', () => {
    expect(
      learnedMiB(
        peaks(100, (index) => index + 1),
        1,
      ),
    ).toBe(Math.ceil(95 * 1.25));
    expect(
      learnedMiB(
        peaks(ENOUGH, (index) => 80 + index),
        1,
      ),
    ).toBe(Math.ceil(89 * 1.25));
  });

  it('is not known from a few, nor from those that opened less', () => {
    expect(
      learnedMiB(
        peaks(ENOUGH - 1, () => 80),
        1,
      ),
    ).toBeUndefined();
    const small = peaks(100, () => 80, 10 * MIB);
    expect(learnedMiB(small, 10 * MIB)).toBe(100);
    expect(learnedMiB(small, 10 * MIB + 1)).toBeUndefined();
    expect(learnedMiB([...small, ...peaks(ENOUGH, () => 400, 500 * MIB)], 20 * MIB)).toBe(500);
  });
});

describe('what a session counts with', () => {
  it('is its limits as long as nothing was learned, also where little of them is used', () => {
    expect(sessionMiB(plan)).toBe(GUESTS + REST);
    expect(weightOf(plan, undefined, seen({ guestsMiB: 50, peakMiB: 60, recordMiB: 30 }))).toEqual({
      limitMiB: GUESTS + REST,
      needMiB: GUESTS + REST,
      usedMiB: 80,
    });
  });

  it('is what was learned, with its record as a whole', () => {
    const limitMiB = GUESTS + REST;
    expect(weightOf(plan, 100, undefined)).toEqual({ limitMiB, needMiB: 100 + REST, usedMiB: 0 });
    const small = seen({ guestsMiB: 50, peakMiB: 60, recordMiB: 90 });
    expect(weightOf(plan, 100, small)).toEqual({ limitMiB, needMiB: 100 + REST, usedMiB: 140 });
  });

  it('is more where it had more, and never more than its limits', () => {
    expect(weightOf(plan, 100, seen({ guestsMiB: 300, peakMiB: 400 })).needMiB).toBe(500 + REST);
    expect(weightOf(plan, 100, seen({ guestsMiB: 990, peakMiB: 999 })).needMiB).toBe(GUESTS + REST);
    expect(weightOf(plan, 5000, undefined).needMiB).toBe(GUESTS + REST);
    expect(weightOf(plan, 100, seen({ guestsMiB: 5000, recordMiB: 5000 })).usedMiB).toBe(100 + REST);
  });
});

describe('the room for sessions', () => {
  const light: Weight = { limitMiB: 700, needMiB: 110, usedMiB: 80 };
  const machine = { availableMiB: 16_000, totalMiB: 24_000, freeMiB: 20_000 };
  const times = (count: number, weight = light): Weight[] => Array.from({ length: count }, () => weight);
  /** How many light sessions are let in, one after the other, on a machine where all use what they are said to use. */
  const carried = (freeMiB: number, weight = light) => {
    for (let count = 0; ; count++) {
      const running = times(count, weight);
      const used = count * weight.usedMiB;
      const room = roomNow(running, weight, { ...machine, freeMiB: freeMiB - used });
      if ((count + 1) * weight.needMiB > room) return count;
    }
  };

  it('is what the machine can give and what they have already, without a tenth of it and the largest step to a limit', () => {
    expect(roomNow(times(10), light, { ...machine, freeMiB: 10_000 })).toBe(10_000 - 2_400 - 590 + 800);
    const hungry = { limitMiB: 5_000, needMiB: 1_000, usedMiB: 0 };
    expect(roomNow([...times(10), hungry], light, { ...machine, freeMiB: 10_000 })).toBe(
      10_000 - 2_400 - 4_000 + 800,
    );
    expect(roomNow(times(10), hungry, { ...machine, freeMiB: 10_000 })).toBe(10_000 - 2_400 - 4_000 + 800);
  });

  it('is never more than sessions may take, and nothing where their limits are three times as much', () => {
    expect(roomNow(times(10), light, { ...machine, freeMiB: 1e6 })).toBe(16_000);
    expect(roomNow(times(67), light, { ...machine, freeMiB: 1e6 })).toBe(16_000);
    expect(roomNow(times(68), light, { ...machine, freeMiB: 1e6 })).toBe(0);
  });

  it('carries three times as many light viewers as by limits, and on a busy machine as many as it bears', () => {
    expect(Math.floor(machine.availableMiB / light.limitMiB)).toBe(22);
    expect(carried(20_000)).toBe(68);
    expect(carried(6_000)).toBe(27);
    // Those 27 at their need, and one of them at its limits, leave the tenth alone.
    expect(6_000 - 27 * 110 - 590).toBeGreaterThanOrEqual(2_400);
    expect(carried(2_400)).toBe(0);
  });

  it('carries no more than by limits where nothing was learned', () => {
    expect(carried(20_000, { limitMiB: 700, needMiB: 700, usedMiB: 80 })).toBe(22);
  });
});
