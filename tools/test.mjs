/**
 * `npm test`: everything, from nothing. Installs what is missing, then runs the suites: unit (Node alone), postgres
 * (the unit tests of what is near the database, on PostgreSQL), medium, which is programs (real programs of others, and
 * disks that fill and fail) and engine (real container engine, real guacd, real viewers), e2e (the whole stack and a real
 * browser) and postgres-stack (the main job once more, on PostgreSQL). What fails is run once more, alone (ADR 0047).
 *
 *   npm test -- --prepare      only install and build what the suites need
 *   npm test -- unit medium    only these suites
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApps } from './setup/apps.mjs';
import { aptInstall, mayInstall } from './setup/debian.mjs';
import { installDependencies, requireNode } from './setup/dependencies.mjs';
import { ensureEngine } from './setup/engine.mjs';
import { ensureImages, ensureMachineImages } from './setup/images.mjs';
import { runSuite, runSuites } from './setup/run-suites.mjs';
import { say, Stop } from './setup/say.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SUITES = ['unit', 'postgres', 'programs', 'engine', 'e2e', 'postgres-stack'];
const MEDIUM = ['programs', 'engine'];
/** Those that need nothing but Node, and nothing but Node and the programs. */
const WITHOUT_ENGINE = ['unit', 'postgres', 'programs'];
/** Programs that the tests compare with or look through, and the Debian packages that bring them. */
const PROGRAMS = {
  '/usr/bin/7z': 'p7zip-full',
  '/usr/bin/cadaver': 'cadaver',
  '/usr/bin/chromium': 'chromium',
  '/usr/bin/curl': 'curl',
  '/usr/bin/dcm2pnm': 'dcmtk',
  '/usr/bin/faketime': 'faketime',
  '/usr/bin/fusermount': 'fuse3',
  '/usr/bin/gocryptfs': 'gocryptfs',
  '/usr/bin/jq': 'jq',
  '/usr/bin/lftp': 'lftp',
  '/usr/bin/litmus': 'litmus',
  '/usr/bin/openssl': 'openssl',
  '/usr/bin/pdftoppm': 'poppler-utils',
  '/usr/bin/pg_ctlcluster': 'postgresql',
  '/usr/bin/rclone': 'rclone',
  '/usr/bin/runsc': 'runsc',
  '/usr/bin/swift-account-server': 'swift-account',
  '/usr/bin/swift-container-server': 'swift-container',
  '/usr/bin/swift-object-server': 'swift-object',
  '/usr/bin/swift-proxy-server': 'swift-proxy',
  '/usr/bin/unzip': 'unzip',
  '/usr/sbin/clamd': 'clamav-daemon',
  '/usr/sbin/mkfs.ext4': 'e2fsprogs',
  '/usr/sbin/mount.davfs': 'davfs2',
};

async function main() {
  process.chdir(root);
  requireNode();
  const args = process.argv.slice(2).flatMap((arg) => (arg === 'medium' ? MEDIUM : [arg]));
  const unknown = args.filter((arg) => arg !== '--prepare' && !SUITES.includes(arg));
  if (unknown.length > 0)
    throw new Stop(`${unknown.join(' ')} is not a suite; there are ${SUITES.join(', ')}.`);
  const suites = SUITES.filter((suite) => args.includes(suite) || !args.some((arg) => SUITES.includes(arg)));

  await installDependencies(root);
  if (suites.some((suite) => suite !== 'unit')) await installPrograms();
  const engine = suites.some((suite) => !WITHOUT_ENGINE.includes(suite))
    ? await prepareWholeStack()
    : undefined;
  try {
    if (!args.includes('--prepare')) process.exitCode = run(suites, engine);
  } finally {
    await engine?.stop();
  }
}

async function installPrograms() {
  const missing = Object.entries(PROGRAMS).filter(([path]) => !existsSync(path));
  if (missing.length > 0) {
    const packages = missing.map(([, name]) => name);
    if (!mayInstall())
      throw new Stop(
        `The tests need ${packages.join(' and ')}; install ${packages.length > 1 ? 'them' : 'it'} and start again.`,
      );
    await aptInstall(packages, 'for the tests');
  }
}

async function prepareWholeStack() {
  const engine = await ensureEngine();
  await ensureImages();
  await ensureMachineImages();
  await buildApps(root);
  return engine;
}

/** Closes with one line for the whole. */
function run(suites, engine) {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-test-'));
  const env = {
    // The suites that start the product share what its first start leaves.
    VITRINE_TEST_TEMPLATE: join(folder, 'tested'),
    ...(engine && { VITRINE_ENGINE_SOCKET: engine.socket }),
  };
  try {
    const total = runSuites(suites, (suite, files) => runSuite(suite, files, env));
    if (total.unsteady.length > 0)
      say(`\nFailed at first and passed when run once more, alone:\n  ${total.unsteady.join('\n  ')}`);
    const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
    // Where everything has to be tested, what a machine lacks must not go by unseen.
    const incomplete = Boolean(process.env.CI) && total.skipped > 0;
    if (incomplete) say('\nSome tests were skipped, and here none may be; the reasons are above.');
    const failed = total.failed + (incomplete ? 1 : 0);
    say(`\n${total.passed} passed, ${failed} failed${skipped}`);
    return failed > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().catch((error) => {
  process.stderr.write(error instanceof Stop ? `\n${error.message}\n` : `\n${error.stack}\n`);
  process.exit(1);
});
