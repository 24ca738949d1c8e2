import { existsSync, readFileSync } from 'node:fs';
import { run } from './run.mjs';
import { step } from './say.mjs';

/** True on a machine where this program may install packages by itself: root on Debian or Ubuntu. */
export function mayInstall() {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'));
}

let listsAreFresh = false;

/** Installs Debian packages, and says so. */
export async function aptInstall(packages, why) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await step(`Installing ${packages.join(', ')} with apt (${why})`, async (note) => {
    const failure = `${packages.join(', ')} could not be installed with apt-get; install them by hand and start again`;
    if (!listsAreFresh) await run('apt-get', ['update'], { note, failure, env });
    listsAreFresh = true;
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { note, failure, env });
  });
}
