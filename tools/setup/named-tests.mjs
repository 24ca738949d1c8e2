import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const SUITES = ['unit', 'medium', 'e2e', 'faults'];
const SUFFIX = { unit: '.spec.ts', medium: '.int-spec.ts', e2e: '.e2e-spec.ts', faults: '.faults-spec.ts' };

/**
 * Runs tests by name, suite after suite, and says what became of each: `{ file, name, status }`. `tests` are files of the
 * repository with a part of the names that are meant; without one, all of a file. `prints`: whether what they print is
 * shown.
 */
export function runNamedTests(tests, { env = {}, prints = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-named-'));
  try {
    // Tests that are about something else than a first start share what it leaves (ADR 0047).
    return runSuites(tests, { VITRINE_TEST_TEMPLATE: join(folder, 'tested'), ...env }, prints);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runSuites(tests, env, prints) {
  return SUITES.flatMap((suite) => {
    const its = tests.filter(([file]) => suiteOf(file) === suite);
    // A file of which only some tests are meant would run all of them beside one that is meant whole.
    const whole = its.filter(([, part]) => part === undefined);
    const parts = its.filter(([, part]) => part !== undefined);
    return [whole, parts].filter((some) => some.length > 0).flatMap((some) => run(suite, some, env, prints));
  });
}

/** Those of `results` that `[file, part]` means. */
export const meantBy =
  (results) =>
  ([file, part = '']) =>
    results.filter((result) => result.file === file && result.name.includes(part));

function run(suite, tests, env, prints) {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-named-'));
  const output = join(folder, 'results.json');
  const names = tests.flatMap(([, part]) => (part === undefined ? [] : [part]));
  spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      '--runInBand',
      '--forceExit',
      '--json',
      `--outputFile=${output}`,
      ...(names.length > 0 ? ['--testNamePattern', [...new Set(names)].map(literally).join('|')] : []),
      '--runTestsByPath',
      ...new Set(tests.map(([file]) => file)),
    ],
    {
      stdio: ['ignore', prints ? 'inherit' : 'ignore', 'inherit'],
      env: { ...process.env, ...env, VITRINE_SUITE: suite },
    },
  );
  const results = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')).testResults : [];
  rmSync(folder, { recursive: true });
  return results.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== 'pending')
      .map((test) => ({ file: relative('.', name), name: test.fullName, status: test.status })),
  );
}

const suiteOf = (file) => SUITES.find((suite) => file.endsWith(SUFFIX[suite]));

const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
