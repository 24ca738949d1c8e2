import { spawnSync } from 'node:child_process';
import { say, Stop } from './say.mjs';

const NAME = process.env.VITRINE_USER ?? 'vitrine';
const LOWEST_FREE_PORT = 1024;

/**
 * Whom the processes run as that speak to people: a system user without rights of its own, made if it is not there.
 * @returns {{ uid: number, gid: number }}
 */
export function webUser() {
  if (!known()) {
    const made = spawnSync(
      'useradd',
      [
        '--system',
        '--user-group',
        '--no-create-home',
        '--home-dir',
        '/nonexistent',
        '--shell',
        '/usr/sbin/nologin',
        NAME,
      ],
      { encoding: 'utf8' },
    );
    if (made.status !== 0)
      throw new Stop(
        `The user ${NAME}, as whom the web server runs, could not be made${made.stderr ? ` (${made.stderr.trim()})` : ''}: make it, or set VITRINE_USER to one without rights.`,
      );
    say(`  Made the system user ${NAME}, as whom the web server runs.`);
  }
  const user = { uid: number('-u'), gid: number('-g') };
  if (user.uid === 0)
    throw new Stop('The web server must not run as root: set VITRINE_USER to another user.');
  return user;
}

/** The command that runs a program as the web user: no other groups, no way to gain rights, and low ports only where asked. */
export function asWebUser({ uid, gid }, command, ports = []) {
  const low = ports.some((port) => port > 0 && port < LOWEST_FREE_PORT);
  const capabilities = low ? '-all,+net_bind_service' : '-all';
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--no-new-privs',
    `--inh-caps=${capabilities}`,
    ...(low ? [`--ambient-caps=${capabilities}`] : []),
    `--bounding-set=${capabilities}`,
    ...command,
  ];
}

/** Stops with a sentence when the web user cannot get to the program or to the data. */
export function requireReach(user, places) {
  const [program, ...args] = asWebUser(user, [
    process.execPath,
    '-e',
    'for (const place of process.argv.slice(1)) require("fs").accessSync(place, require("fs").constants.X_OK)',
    ...places,
  ]);
  if (spawnSync(program, args, { cwd: '/' }).status === 0) return;
  throw new Stop(
    `The web server runs as the user ${NAME}, who cannot get to ${places.join(' or ')}, or cannot run ${process.execPath}. Put them where every user may read, for example below /opt, /var/lib and /usr/local.`,
  );
}

const known = () => spawnSync('id', ['-u', NAME]).status === 0;
const number = (flag) => Number(spawnSync('id', [flag, NAME], { encoding: 'utf8' }).stdout.trim());
