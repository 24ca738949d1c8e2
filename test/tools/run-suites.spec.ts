import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runSuites } from '../../tools/setup/run-suites.mjs';

type Run = Parameters<typeof runSuites>[1];
type SuiteRun = ReturnType<Run>;

const failed = (file: string, ...names: string[]) => ({
  file,
  passed: 4,
  failed: names.length,
  skipped: 0,
  names,
});
const GREEN: SuiteRun = { status: 0, reports: [{ passed: 10, failed: 0, skipped: 1, failures: [] }] };
const red = (...failures: ReturnType<typeof failed>[]): SuiteRun => ({
  status: 1,
  reports: [{ passed: 10, failed: failures.reduce((sum, one) => sum + one.failed, 0), skipped: 0, failures }],
});

describe('a run of several suites', () => {
  beforeEach(() => {
    jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('adds up what they say', () => {
    const run = jest.fn<Run>().mockReturnValue(GREEN);
    expect(runSuites(['unit', 'e2e'], run)).toEqual({ passed: 20, failed: 0, skipped: 2, unsteady: [] });
    expect(run.mock.calls).toEqual([['unit'], ['e2e']]);
  });

  it('runs a file that failed once more, alone, and names what passed only then', () => {
    const again: SuiteRun = { status: 0, reports: [{ passed: 5, failed: 0, skipped: 0, failures: [] }] };
    const run = jest
      .fn<Run>()
      .mockReturnValueOnce(red(failed('a.spec.ts', 'is quick')))
      .mockReturnValueOnce(again);
    expect(runSuites(['unit'], run)).toEqual({
      ...{ passed: 11, failed: 0, skipped: 0 },
      unsteady: ['a.spec.ts › is quick'],
    });
    expect(run.mock.calls[1]).toEqual(['unit', ['a.spec.ts']]);
  });

  it('counts as failed what fails again, and looks no third time', () => {
    const first = red(failed('a.spec.ts', 'is quick', 'is right'));
    const again: SuiteRun = {
      status: 1,
      reports: [{ passed: 5, failed: 1, skipped: 0, failures: [failed('a.spec.ts', 'is right')] }],
    };
    const run = jest.fn<Run>().mockReturnValueOnce(first).mockReturnValueOnce(again);
    expect(runSuites(['unit'], run)).toEqual({
      ...{ passed: 11, failed: 1, skipped: 0 },
      unsteady: ['a.spec.ts › is quick'],
    });
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('takes four failing files for broken, not for unsteady', () => {
    const run = jest
      .fn<Run>()
      .mockReturnValue(red(...['a', 'b', 'c', 'd'].map((name) => failed(name, 'is'))));
    expect(runSuites(['unit'], run)).toMatchObject({ failed: 4, unsteady: [] });
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('counts a suite that said nothing, or ended badly without a failed test, as a failure', () => {
    const silent = jest.fn<Run>().mockReturnValue({ status: 0, reports: [] });
    expect(runSuites(['unit'], silent)).toMatchObject({ passed: 0, failed: 1 });
    const bad = jest.fn<Run>().mockReturnValue({ ...GREEN, status: 1 });
    expect(runSuites(['unit'], bad)).toMatchObject({ passed: 10, failed: 1 });
    const gone = jest
      .fn<Run>()
      .mockReturnValueOnce(red(failed('a.spec.ts', 'is quick')))
      .mockReturnValueOnce({ status: 1, reports: [] });
    expect(runSuites(['unit'], gone)).toMatchObject({ passed: 6, failed: 5, unsteady: [] });
  });

  it('counts as failed what did not run the second time', () => {
    const fewer: SuiteRun = { status: 0, reports: [{ passed: 2, failed: 0, skipped: 0, failures: [] }] };
    const run = jest
      .fn<Run>()
      .mockReturnValueOnce(red(failed('a.spec.ts', 'is quick')))
      .mockReturnValueOnce(fewer);
    expect(runSuites(['unit'], run)).toMatchObject({ passed: 8, failed: 3 });
  });
});
