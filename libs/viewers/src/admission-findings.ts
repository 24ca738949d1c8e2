import type { Problem } from '@vitrine/kernel';
import type { AdmissionCheck, AdmissionUnderWay } from './viewer.entity.js';

/** What a viewer is tested for, in the order of the test. */
export const ADMISSION_CHECKS = [
  'There is sample data that it can open',
  'It starts alone in the sandbox',
  'It reaches nothing: no network, no rights, a read-only system, filtered system calls',
  'Its display answers before there is anything to show',
  'It says that it shows the sample',
  'There is a picture',
] as const;
export type AdmissionCheckName = (typeof ADMISSION_CHECKS)[number];

export interface AdmissionProgress {
  readonly checks: readonly AdmissionCheck[];
  readonly underWay: AdmissionUnderWay;
}

/** A test that waits for its turn. */
export const NOT_BEGUN: AdmissionProgress = {
  checks: [],
  underWay: { running: null, toCome: ADMISSION_CHECKS },
};

/** The checks so far; one is open at a time. Tells each step before the test goes on. */
export class AdmissionFindings {
  private readonly done: (AdmissionCheck & { readonly name: AdmissionCheckName })[] = [];
  private open: AdmissionCheckName | undefined;

  constructor(private readonly tell: (progress: AdmissionProgress) => Promise<void>) {}

  get checks(): readonly AdmissionCheck[] {
    return this.done;
  }

  get allPassed(): boolean {
    return this.done.length === ADMISSION_CHECKS.length && this.done.every(({ passed }) => passed);
  }

  async begin(name: AdmissionCheckName): Promise<void> {
    this.open = name;
    await this.tell({
      checks: [...this.done],
      underWay: { running: name, toCome: ADMISSION_CHECKS.slice(ADMISSION_CHECKS.indexOf(name) + 1) },
    });
  }

  pass(detail: string): void {
    this.close(true, detail);
  }

  /** What fails behind a check, such as the cleaning up, counts against the last one: no failure is without a word. */
  fail(problem: Problem): void {
    this.open ??= this.done.pop()?.name ?? ADMISSION_CHECKS[0];
    this.close(false, problem.message);
  }

  private close(passed: boolean, detail: string): void {
    if (this.open !== undefined) this.done.push({ name: this.open, passed, detail });
    this.open = undefined;
  }
}
