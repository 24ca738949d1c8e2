import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@vitrine/kernel';
import { FakeDriver, FakeMounts } from '../../testing/index.js';
import { JobRunner, type JobRequest } from './job-runner.js';

const AGAIN_MS = 10_000;
const never = () => false;
const job: JobRequest = {
  imageDigest: `sha256:${'a'.repeat(64)}`,
  command: ['draw'],
  inputPath: '/nowhere',
  outputMiB: 1,
  collect: [],
  limits: { cpus: 1, memoryMiB: 64, pids: 16, scratchMiB: 4 },
  timeLimitMs: 20_000,
};

describe('a job that the engine did not let go of', () => {
  let runDir: string;
  let driver: FakeDriver;
  let runner: JobRunner;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'performance'] });
    runDir = mkdtempSync(join(tmpdir(), 'jobs-'));
    driver = new FakeDriver();
    runner = open();
  });
  afterEach(() => {
    jest.useRealTimers();
    driver.engine.close();
    rmSync(runDir, { recursive: true, force: true });
  });

  const open = () => new JobRunner(driver, new FakeMounts(), { runDir }, createLogger('test', 'silent'));
  const { signal } = new AbortController();
  const guests = () => [...driver.engine.guests.keys()];
  const folders = () => readdirSync(join(runDir, 'jobs'));

  /** The engine goes away while the job runs. */
  const leaveOne = async () => {
    driver.engine.behaviour.job = () => {
      driver.engine.reachable = false;
      return 0;
    };
    await expect(runner.run(job, { signal })).rejects.toMatchObject({ code: 'hypervisor.unreachable' });
    expect(guests()).toHaveLength(1);
  };

  /** One turn of the clock, and time for what that begins. */
  const later = async (isOver = never) => {
    await jest.advanceTimersByTimeAsync(AGAIN_MS);
    for (let turn = 0; turn < (isOver === never ? 200 : 20_000) && !isOver(); turn++)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const nobody = () => guests().length === 0;

  it('is removed when the engine answers again', async () => {
    await leaveOne();
    await later();
    expect(guests()).toHaveLength(1);
    driver.engine.reachable = true;
    await later(nobody);
    expect(guests()).toEqual([]);
  });

  it('of an earlier process is removed although the engine is not there at the start', async () => {
    const spec = { ...job, ownerId: 'earlier', role: 'job', network: 'none', mounts: [] } as const;
    await driver.create(driver.plan(spec), spec, { signal });
    driver.engine.reachable = false;
    await runner.onModuleInit();
    expect(guests()).toHaveLength(1);
    driver.engine.reachable = true;
    await later(nobody);
    expect(guests()).toEqual([]);
  });

  it('is removed without touching the jobs that run meanwhile', async () => {
    await leaveOne();
    const [left = ''] = guests();
    driver.engine.reachable = true;
    let end: ((code: number) => void) | undefined;
    driver.engine.behaviour.job = () => new Promise((resolve) => (end = resolve));
    const running = runner.run(job, { signal });
    await later(() => !guests().includes(left) && end !== undefined);
    expect(guests()).toHaveLength(1);
    expect(guests()).not.toContain(left);
    expect(folders()).toHaveLength(1);
    end?.(0);
    expect(await running).toMatchObject({ exitCode: 0 });
    expect(guests()).toEqual([]);
    expect(folders()).toEqual([]);
  });
});
