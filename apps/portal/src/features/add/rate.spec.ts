import { describe, expect, it } from '@jest/globals';
import { Rate } from './rate.js';

describe('Rate', () => {
  it('says nothing before there is enough to say', () => {
    const rate = new Rate();
    rate.note(0, 0);
    rate.note(1000, 100);
    expect(rate.perSecond()).toBe(0);
  });

  it('looks at the last few seconds only', () => {
    const rate = new Rate(2000);
    rate.note(0, 0);
    for (let second = 1; second <= 10; second += 1) rate.note(1_000_000 + second * 500, second * 1000);
    expect(rate.perSecond()).toBeCloseTo(500);
  });
});
