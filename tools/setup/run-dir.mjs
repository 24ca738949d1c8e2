import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Stop } from './say.mjs';

/** Becomes part of a path that is removed, and others than root can write it: so it is looked at first. */
export function installationOf(dataDir) {
  const id = readFileSync(join(dataDir, 'installation'), 'utf8').trim();
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Stop(`${join(dataDir, 'installation')} does not hold an id.`);
  return id;
}

/** What a process that had to be killed may have left: mounts of session folders, and sockets. */
export function removeRunDir(dataDir, given = process.env.VITRINE_RUN_DIR) {
  // Where no process has come as far as to make the id, none has made a folder of that name.
  if (given === undefined && !existsSync(join(dataDir, 'installation'))) return;
  const runDir = given ?? join('/run/vitrine', installationOf(dataDir).slice(0, 12));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4])
    .filter((path) => path === runDir || path?.startsWith(`${runDir}/`));
  for (const mount of mounts.reverse()) execFileSync('umount', ['-l', mount]);
  // Not by Node: what the web user left in its folder could lead it astray.
  execFileSync('rm', ['-rf', '--one-file-system', '--', runDir]);
  try {
    // Only if it is empty, which the kernel decides: another installation may be making its own folder in it now.
    rmdirSync(dirname(runDir));
  } catch (error) {
    if (!['ENOTEMPTY', 'EBUSY', 'ENOENT'].includes(error.code)) throw error;
  }
}
