/** A PostgreSQL cluster to be thrown away: on a Unix socket in a folder of its own, ended with the process that made it. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stop } from './say.mjs';

const VERSIONS = '/usr/lib/postgresql';
const FOLDER = /^vitrine-postgres-(\d+)-/;
const START_DEADLINE_MS = 30_000;
const SUPERUSER = 'vitrine';
const MEMORY = '/dev/shm';
const ROOM = 4 * 1024 ** 3;

/** Where Debian put the newest server; undefined where none is. */
export function postgresPrograms() {
  try {
    return readdirSync(VERSIONS)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(VERSIONS, version, 'bin'))
      .find((bin) => existsSync(join(bin, 'initdb')));
  } catch {
    return undefined;
  }
}

/**
 * Makes and starts a cluster; `url(database)` says how to reach it. Its order of texts is that of a language, so whatever
 * counts on the order of bytes and does not say so fails. `durable: false` never flushes.
 */
export async function startCluster({ durable = false } = {}) {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Stop('PostgreSQL is not installed (Debian: postgresql).');
  const place = durable ? tmpdir() : quickPlace();
  for (const one of new Set([place, tmpdir()])) sweep(one);
  const folder = mkdtempSync(join(place, `vitrine-postgres-${process.pid}-`));
  const data = join(folder, 'data');
  const own = owner();
  if (own !== undefined) chownSync(folder, own.uid, own.gid);
  // Whoever the product runs as has to get to the socket; the data below is the server's alone.
  chmodSync(folder, 0o711);
  // PostgreSQL refuses to run as root. It is killed with us, also by SIGKILL.
  const as = own === undefined ? [] : [`--reuid=${own.uid}`, `--regid=${own.gid}`, '--clear-groups'];
  const run = (program, args) =>
    execFileSync('setpriv', [...as, join(programs, program), ...args], { stdio: 'pipe', cwd: folder });
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en'];
  run('initdb', ['-D', data, '-U', SUPERUSER, '-A', 'trust', '--no-sync', ...locale]);
  const settings = [
    ...[
      'listen_addresses=',
      `unix_socket_directories=${folder}`,
      'max_connections=300',
      'shared_buffers=64MB',
    ],
    ...(durable ? [] : ['fsync=off', 'full_page_writes=off', 'max_wal_size=256MB']),
  ];
  let server;
  const start = async () => {
    const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
    server = spawn('setpriv', ['--pdeathsig=QUIT', ...as, join(programs, 'postgres'), ...args], {
      stdio: 'ignore',
      cwd: folder,
    });
    const giveUp = Date.now() + START_DEADLINE_MS;
    for (;;) {
      try {
        run('pg_isready', ['-q', '-h', folder]);
        return;
      } catch {
        if (server.exitCode !== null || Date.now() > giveUp) throw new Stop('PostgreSQL does not start.');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  /** SIGINT ends it in order, SIGQUIT as a crash would. */
  const end = async (signal = 'SIGINT') => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    await gone;
  };
  try {
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: (database = 'postgres') =>
      `postgresql://${SUPERUSER}@localhost/${database}?host=${encodeURIComponent(folder)}`,
    start,
    end,
    remove: async () => {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What those have left who could not clean up. */
function sweep(place) {
  for (const name of readdirSync(place)) {
    const pid = Number(FOLDER.exec(name)?.[1]);
    if (pid > 0 && !lives(pid)) rmSync(join(place, name), { recursive: true, force: true });
  }
}

/** A database per test is many files, which memory makes at once. */
function quickPlace() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > ROOM ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function owner() {
  if (process.getuid() !== 0) return undefined;
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
