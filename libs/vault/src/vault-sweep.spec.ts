import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger, Problem } from '@vitrine/kernel';
import type { VaultService } from './vault.service.js';
import { VaultSweep } from './vault-sweep.js';

const MINUTE_MS = 60_000;

describe('the sweep of what nothing names', () => {
  let answers: (() => Promise<number>)[];
  let signals: AbortSignal[];
  let sweep: VaultSweep;

  beforeEach(() => {
    jest.useFakeTimers();
    [answers, signals] = [[], []];
    const sweepUnnamed: VaultService['sweepUnnamed'] = (signal) => {
      signals.push(signal);
      return answers[signals.length - 1]?.() ?? Promise.resolve(0);
    };
    sweep = new VaultSweep({ sweepUnnamed } as VaultService, createLogger('test', 'silent'));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('begins when the process serves, and is done once', async () => {
    sweep.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(500);
    expect(signals).toHaveLength(0);
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(signals).toHaveLength(1);
    await sweep.settled();
  });

  it('is tried again after a minute while the place where files are stored is away', async () => {
    const away = () => Promise.reject(new Problem('vault.unreachable'));
    answers = [away, away];
    sweep.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(MINUTE_MS);
    expect(signals).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(signals).toHaveLength(3);
    await sweep.settled();
  });

  it('ends with the process, also in the middle', async () => {
    answers = [
      () =>
        new Promise((_, reject) => {
          signals[0]?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    ];
    sweep.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(2_000);
    await sweep.onModuleDestroy();
    await jest.advanceTimersByTimeAsync(10 * MINUTE_MS);
    expect(signals).toHaveLength(1);
  });
});
