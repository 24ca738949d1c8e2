import { beforeEach, describe, expect, it } from '@jest/globals';
import { Processors } from './processors.js';
import { Settling } from './settling.js';
import type { StatusWatcher } from './status-watcher.js';

describe('a start whose viewer shows nothing yet', () => {
  let load: number;
  let showsAt: number;
  let now: number;

  beforeEach(() => {
    [load, showsAt, now] = [1, Infinity, 0];
  });

  /** Seconds from the display's answer until the next one may start. */
  const held = async (): Promise<number> => {
    const watcher = {
      shown: (_id: string, ms: number) => {
        const until = Math.min(showsAt, now + ms / 1000);
        now = Math.max(now, until);
        return Promise.resolve(showsAt <= until);
      },
    } as unknown as StatusWatcher;
    const processors = { watch: () => () => load };
    await new Settling(watcher, processors).settled('a session');
    return now;
  };

  it('holds its place until it shows something', async () => {
    showsAt = 3;
    expect(await held()).toBe(3);
  });

  it('gives it up after ten seconds where the processors have something to spare', async () => {
    load = 0.5;
    expect(await held()).toBe(11);
  });

  it('keeps it on a busy machine until it shows something', async () => {
    showsAt = 34;
    expect(await held()).toBe(34);
  });

  it('gives it up after a minute, however busy the machine is', async () => {
    expect(await held()).toBe(60);
  });
});

describe('the processors', () => {
  it('are busy while this process works, and not more than wholly', () => {
    const load = new Processors().watch();
    for (const end = performance.now() + 300; performance.now() < end;);
    expect(load()).toBeGreaterThan(0);
    expect(load()).toBeLessThanOrEqual(1);
  });
});
