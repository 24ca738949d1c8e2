import { describe, expect, it } from '@jest/globals';
import { SharedRuns } from './shared-runs.js';

/** Work that ends when the test says so. */
class Slow {
  readonly ends: ((error?: Error) => void)[] = [];
  readonly keys: string[] = [];
  readonly runs = new SharedRuns((key) => {
    this.keys.push(key);
    return new Promise((resolve, reject) =>
      this.ends.push((error) => (error === undefined ? resolve() : reject(error))),
    );
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('SharedRuns', () => {
  it('lets all who ask during a run share the one after it', async () => {
    const slow = new Slow();
    const first = slow.runs.run('a');
    const ended: string[] = [];
    const others = ['x', 'y', 'z'].map((name) => slow.runs.run('a').then(() => ended.push(name)));
    expect(slow.keys).toEqual(['a']);
    slow.ends[0]?.();
    await first;
    await turn();
    expect(slow.keys).toEqual(['a', 'a']);
    expect(ended).toEqual([]);
    slow.ends[1]?.();
    await Promise.all(others);
    expect(ended).toHaveLength(3);
  });

  it('runs again for who asks after it ended, and for another key at once', async () => {
    const slow = new Slow();
    const first = slow.runs.run('a');
    void slow.runs.run('b');
    expect(slow.keys).toEqual(['a', 'b']);
    slow.ends[0]?.();
    await first;
    void slow.runs.run('a');
    expect(slow.keys).toEqual(['a', 'b', 'a']);
  });

  it('fails for who shared the run that failed, and for nobody else', async () => {
    const slow = new Slow();
    const first = slow.runs.run('a');
    const second = slow.runs.run('a');
    slow.ends[0]?.(new Error('no disk'));
    await expect(first).rejects.toThrow('no disk');
    await turn();
    slow.ends[1]?.();
    await expect(second).resolves.toBeUndefined();
  });
});
