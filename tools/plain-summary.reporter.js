/** Closes a run with one machine-readable line and, where asked, adds the counts to a tally for a run of several suites. */
import { appendFileSync } from 'node:fs';

export default class PlainSummaryReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = results;
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`);
    const tally = process.env.VITRINE_TEST_TALLY;
    if (tally)
      appendFileSync(
        tally,
        `${JSON.stringify({ passed: numPassedTests, failed, skipped: numPendingTests })}\n`,
      );
  }
}
