import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { delay, sooner } from './deadline.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('the sooner of several signals', () => {
  it('still comes when nothing else holds the time limit, and memory was tidied meanwhile', async () => {
    const never = new AbortController();
    const ended = new Promise((resolve) => {
      sooner(AbortSignal.timeout(300), never.signal).addEventListener('abort', () => resolve('in time'));
    });
    for (let round = 0; round < 3; round++) {
      await delay(20);
      collectGarbage();
    }
    expect(await ended).toBe('in time');
  }, 20_000);

  it('still comes from what one of them was made of', async () => {
    const never = new AbortController();
    const ended = new Promise((resolve) => {
      const inner = sooner(AbortSignal.timeout(300), never.signal);
      sooner(never.signal, inner).addEventListener('abort', () => resolve('in time'));
    });
    for (let round = 0; round < 3; round++) {
      await delay(20);
      collectGarbage();
    }
    expect(await ended).toBe('in time');
  }, 20_000);

  it('brings the reason of the one that came first, at once when it has come already', () => {
    const [early, other] = [new AbortController(), new AbortController()];
    const reason = new Error('enough');
    const waiting = sooner(early.signal, other.signal);
    early.abort(reason);
    other.abort(new Error('later'));
    expect(waiting.reason).toBe(reason);
    expect(sooner(other.signal, early.signal).aborted).toBe(true);
  });
});
