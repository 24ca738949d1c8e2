import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { inLanes } from './in-lanes.js';

describe('several at once', () => {
  it('works on all of them, in order, and never on more than it may', async () => {
    const begun: number[] = [];
    let atWork = 0;
    let most = 0;
    await inLanes(Array(7).keys(), 3, async (index) => {
      begun.push(index);
      most = Math.max(most, ++atWork);
      await turn();
      atWork--;
    });
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(most).toBe(3);
  });

  it('begins none after a failure, and tells of the first one when nothing is at work any longer', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const all = inLanes([0, 1, 2, 3, 4], 2, async (index) => {
      begun.push(index);
      if (index === 1) throw new Error('the second');
      await turn();
      await turn();
      ended.push(index);
      if (index === 0) throw new Error('the first, but later');
    });
    await expect(all).rejects.toThrow('the second');
    expect(begun).toEqual([0, 1]);
    expect(ended).toEqual([0]);
  });

  it('has nothing to do with nothing', async () => {
    await expect(inLanes([], 4, () => Promise.reject(new Error('called')))).resolves.toBeUndefined();
  });
});
