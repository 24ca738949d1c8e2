import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import { say, step } from './say.mjs';
import { inTurn } from './turn.mjs';

const SOURCES = [
  'apps',
  'libs',
  'types',
  'package-lock.json',
  'tsconfig.base.json',
  'nest-cli.json',
  'tools/bundle.mjs',
];

/** A word that changes when any source file does. */
function fingerprint(root) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stat = statSync(path);
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    else hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  };
  for (const source of SOURCES) visit(join(root, source));
  return hash.digest('hex');
}

/**
 * Compiles the applications and the portal, unless they are current. Two that are started side by side would take each
 * other's half-made files: the second waits, and finds them current then.
 */
export const buildApps = (root) =>
  inTurn(
    `build of ${root}`,
    () => buildUnlessCurrent(root),
    () => say('  Waiting for another build of this folder …'),
  );

async function buildUnlessCurrent(root) {
  const stamp = join(root, 'dist', '.vitrine-sources');
  const current = fingerprint(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === current) return;
  const build = (title, script, args = []) =>
    step(title, async (note) => {
      await run('npm', ['run', '--silent', script, ...args], { note, cwd: root, failure: `${title} failed` });
    });
  await build('Building the control plane, the session gateway and the session host', 'build:apps');
  await build('Building the portal', 'build:portal');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(stamp, current);
}

export const ENTRIES = {
  controlPlane: 'dist/apps/control-plane/main.js',
  sessionHost: 'dist/apps/session-host/main.js',
  sessionGateway: 'dist/apps/session-gateway/main.js',
};
