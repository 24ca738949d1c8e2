/**
 * `npm run test:faults`: breaks the product on purpose and prints for each fault whether its invariant held.
 *
 *   npm run test:faults -- F6 F7    only these
 */
import { FAULTS } from '../test/faults/faults.mjs';
import { meantBy, runNamedTests } from './setup/named-tests.mjs';

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
const results = runNamedTests(
  faults.flatMap(({ tests }) => tests),
  { env: { VITRINE_RACE_ROUNDS: ROUNDS } },
);
const failed = faults.filter((fault) => !report(fault));
process.stdout.write(`${faults.length - failed.length} of ${faults.length} faults: the invariant held\n`);
process.exit(failed.length > 0 ? 1 : 0);

/** Prints one fault; true if each of its tests was found and passed. */
function report({ id, fault, invariant, tests, open = [] }) {
  const its = tests.map(meantBy(results));
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
