interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
interface FailedFile extends Counts {
  readonly file: string;
  readonly names: readonly string[];
}
interface SuiteRun {
  readonly status: number;
  readonly reports: readonly (Counts & { readonly failures: readonly FailedFile[] })[];
}
export function runSuites(
  suites: readonly string[],
  run: (suite: string, files?: readonly string[]) => SuiteRun,
): Counts & { readonly unsteady: readonly string[] };
