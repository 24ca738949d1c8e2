import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import { step, Stop } from './say.mjs';

const LEAST_NODE = [20, 19];

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]))
    throw new Stop(
      `Vitrine needs Node.js ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
    );
}

/** Installs what package-lock.json names, unless exactly that is installed already. */
export async function installDependencies(root) {
  const stamp = join(root, 'node_modules', '.vitrine-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  await step('Installing the dependencies with npm', async (note) => {
    await run('npm', ['ci', '--no-audit', '--no-fund'], {
      note,
      cwd: root,
      failure: 'The dependencies could not be installed with npm',
    });
  });
  writeFileSync(stamp, lock);
}
