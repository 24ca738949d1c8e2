/**
 * `npm run test:threats`: tries every threat that docs/operating/threats.md lists, as somebody who owns the viewer, the
 * bridge or the browser, and prints what was tried, and one table with the outcome of each within each kind of walls.
 *
 *   npm run test:threats -- T8 T10    only these
 */
import { THREATS } from '../test/threats/threats.mjs';
import { meantBy, runNamedTests } from './setup/named-tests.mjs';

const WALLS = ['standard', 'strong', 'any'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((id) => !THREATS.some((threat) => threat.id === id));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no threat ${unknown.join(' ')}; there are ${THREATS.map(({ id }) => id).join(' ')}.\n`,
  );
  process.exit(2);
}
const threats = THREATS.filter(({ id }) => wanted.length === 0 || wanted.includes(id));
const results = runNamedTests(
  threats.flatMap(({ tests }) => Object.values(tests).flat()),
  { prints: true },
);
const rows = threats.map(row);
process.stdout.write(`\n${line('', WALLS, 'walls')}`);
for (const { id, outcomes, threat, accepted } of rows) {
  process.stdout.write(line(id, outcomes, threat));
  if (accepted) process.stdout.write(`     accepted: ${accepted}\n`);
}
for (const { name, status } of results)
  if (status !== 'passed') process.stdout.write(`     ${status}: ${name}\n`);
process.exit(rows.some(({ outcomes }) => outcomes.some((outcome) => outcome.startsWith('NOT'))) ? 1 : 0);

/** What became of one threat, for each kind of walls: refused so many times, or not tried at all. */
function row({ id, threat, tests, accepted }) {
  const outcomes = WALLS.map((walls) => (tests[walls] ? outcome(tests[walls]) : accepted ? 'accepted' : '-'));
  return { id, threat, accepted, outcomes };
}

function outcome(tests) {
  const its = tests.map(meantBy(results));
  const all = new Set(its.flat());
  const passed = [...all].filter(({ status }) => status === 'passed').length;
  if (its.some((some) => some.length === 0)) return 'NOT TRIED';
  return passed === all.size ? `refused (${passed})` : `NOT REFUSED (${all.size - passed} of ${all.size})`;
}

function line(id, outcomes, threat) {
  return `${id.padEnd(4)} ${outcomes.map((text) => text.padEnd(22)).join(' ')} ${threat}\n`;
}
