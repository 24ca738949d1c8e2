import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './say.mjs';

/** More failing spec files than this in one suite are no accident of a busy machine. */
const SECOND_LOOKS = 3;

/**
 * Runs the suites one after the other, all of them even if one fails: `{ passed, failed, skipped, unsteady }`. A few spec
 * files that failed are run once more, alone, and what they say then counts; `unsteady` names each test that failed at
 * first and passed then. `run` runs one suite, or some files of it: `{ status, reports }`.
 */
export function runSuites(suites, run) {
  const total = { passed: 0, failed: 0, skipped: 0, unsteady: [] };
  for (const suite of suites) {
    say(`\n== ${suite}`);
    let result = counted(run(suite));
    const files = result.failures.map(({ file }) => file);
    if (files.length > 0 && files.length <= SECOND_LOOKS && isExplained(result)) {
      say(`\n== ${suite}, once more: ${files.join(' ')}`);
      const again = counted(run(suite, files));
      if (isExplained(again))
        total.unsteady.push(...namesOf(result).filter((name) => !namesOf(again).includes(name)));
      result = corrected(result, again);
    }
    for (const name of ['passed', 'failed', 'skipped']) total[name] += result[name];
  }
  return total;
}

function counted({ status, reports }) {
  const sum = (name) => reports.reduce((all, report) => all + report[name], 0);
  const failed = sum('failed');
  return {
    passed: sum('passed'),
    skipped: sum('skipped'),
    // A suite that ended without a count, or badly without a failed test, is a failure too.
    failed: reports.length === 0 || (status !== 0 && failed === 0) ? failed + 1 : failed,
    failures: reports.flatMap(({ failures }) => failures),
  };
}

/** Whether each failure has a name. */
const isExplained = ({ failed, failures }) => failed === failures.reduce((sum, file) => sum + file.failed, 0);

const namesOf = ({ failures }) =>
  failures.flatMap(({ file, names }) => names.map((name) => `${file} › ${name}`));

const ranOf = ({ passed, failed, skipped }) => passed + failed + skipped;

/** What a suite says when its failed files had said what they said the second time; what did not run then has failed. */
function corrected(first, again) {
  const but = (name) => first[name] - first.failures.reduce((sum, file) => sum + file[name], 0) + again[name];
  const missing = first.failures.reduce((sum, file) => sum + ranOf(file), 0) - ranOf(again);
  return { passed: but('passed'), failed: but('failed') + Math.max(0, missing), skipped: but('skipped') };
}

/** Runs one suite, or some files of it, in a process of its own. Shows what it prints. */
export function runSuite(suite, files, env) {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-tally-'));
  const tally = join(folder, 'tally');
  try {
    const { status } = spawnSync('npm', ['run', '--silent', `test:${suite}`], {
      stdio: 'inherit',
      env: {
        ...process.env,
        ...env,
        VITRINE_TEST_TALLY: tally,
        ...(files && { VITRINE_TEST_FILES: JSON.stringify(files) }),
      },
    });
    const lines = existsSync(tally) ? readFileSync(tally, 'utf8').trim().split('\n') : [];
    return { status, reports: lines.map((line) => JSON.parse(line)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
