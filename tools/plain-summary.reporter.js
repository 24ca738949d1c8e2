/** Closes a run with one machine-readable line and, where asked, adds the counts to a tally for a run of several suites. */
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';

export default class PlainSummaryReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = results;
    const counts = {
      passed: numPassedTests,
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped: numPendingTests,
    };
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
    const tally = process.env.VITRINE_TEST_TALLY;
    if (!tally) return;
    const failures = results.testResults.filter(isFailure).map(failureOf);
    appendFileSync(tally, `${JSON.stringify({ ...counts, failures })}\n`);
  }
}

// A file that could not be run at all has no test that failed.
const isFailure = ({ numFailingTests, testExecError }) => numFailingTests > 0 || Boolean(testExecError);

const failureOf = ({
  testFilePath,
  testResults,
  testExecError,
  numPassingTests,
  numFailingTests,
  numPendingTests,
}) => ({
  file: relative(process.cwd(), testFilePath),
  passed: numPassingTests,
  failed: numFailingTests + (testExecError ? 1 : 0),
  skipped: numPendingTests,
  names: testExecError
    ? ['all of it']
    : testResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
});
