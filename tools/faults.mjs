/**
 * `npm run test:faults`: breaks the product on purpose and prints for each fault whether its invariant held.
 *
 *   npm run test:faults -- F6 F7    only these
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { FAULTS } from '../test/faults/faults.mjs';

const SUITES = ['unit', 'medium', 'e2e', 'faults'];
const SUFFIX = { unit: '.spec.ts', medium: '.int-spec.ts', e2e: '.e2e-spec.ts', faults: '.faults-spec.ts' };
const ROUNDS = '10000';

const wanted = process.argv.slice(2);
const unknown = wanted.filter((id) => !FAULTS.some((fault) => fault.id === id));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no fault ${unknown.join(' ')}; there are ${FAULTS.map(({ id }) => id).join(' ')}.\n`,
  );
  process.exit(2);
}
const faults = FAULTS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const results = SUITES.flatMap(run);
const failed = faults.filter((fault) => !report(fault));
process.stdout.write(`${faults.length - failed.length} of ${faults.length} faults: the invariant held\n`);
process.exit(failed.length > 0 ? 1 : 0);

/** The results of the tests of this suite that belong to a wanted fault: `{ file, name, status }`. */
function run(suite) {
  const tests = faults.flatMap((fault) => fault.tests).filter(([file]) => suiteOf(file) === suite);
  if (tests.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-faults-'));
  const output = join(folder, 'results.json');
  // A file of which only some tests are meant would run all of them beside one that is meant whole.
  const whole = tests.filter(([, part]) => part === undefined);
  const parts = tests.filter(([, part]) => part !== undefined);
  const found = [whole, parts]
    .filter((some) => some.length > 0)
    .flatMap((some) => {
      const names = some.flatMap(([, part]) => (part === undefined ? [] : [part]));
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
          ...(names.length > 0 ? ['--testNamePattern', names.map(literally).join('|')] : []),
          '--runTestsByPath',
          ...new Set(some.map(([file]) => file)),
        ],
        {
          stdio: ['ignore', 'ignore', 'inherit'],
          env: { ...process.env, VITRINE_SUITE: suite, VITRINE_RACE_ROUNDS: ROUNDS },
        },
      );
      if (!existsSync(output)) return [];
      const { testResults } = JSON.parse(readFileSync(output, 'utf8'));
      return testResults.flatMap(({ name, assertionResults }) =>
        assertionResults
          .filter(({ status }) => status !== 'pending')
          .map((test) => ({ file: relative('.', name), name: test.fullName, status: test.status })),
      );
    });
  rmSync(folder, { recursive: true });
  return found;
}

/** Prints one fault; true if each of its tests was found and passed. */
function report({ id, fault, invariant, tests, open = [] }) {
  const its = tests.map(([file, part = '']) =>
    results.filter((result) => result.file === file && result.name.includes(part)),
  );
  const passed = its.flat().filter(({ status }) => status === 'passed').length;
  const held = its.every((some) => some.length > 0) && passed === its.flat().length;
  process.stdout.write(
    `${id.padEnd(4)} ${held ? 'held  ' : 'FAILED'} ${passed} of ${its.flat().length}  ${fault}: ${invariant}\n`,
  );
  for (const { name, status } of its.flat())
    if (status !== 'passed') process.stdout.write(`     ${status}: ${name}\n`);
  for (const what of open) process.stdout.write(`     not tested: ${what}\n`);
  return held;
}

function suiteOf(file) {
  return SUITES.find((suite) => file.endsWith(SUFFIX[suite]));
}

function literally(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
