import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { aptInstall, mayInstall } from './debian.mjs';
import { run } from './run.mjs';
import { say, step, Stop } from './say.mjs';

const DOCKER_SOCKET = '/var/run/docker.sock';
/** gVisor, which the engine is told of where it is installed: docs/operating/isolation.md. */
const RUNSC = '/usr/bin/runsc';
const ENGINE_CONFIGURATION = '/etc/docker/daemon.json';
const WITH_RUNSC = fileURLToPath(new URL('engine-with-runsc.json', import.meta.url));
/** For gVisor from 2023 on, which would else give its kernel files and rights; the one of 2022 refuses the flag. */
const WITH_NEWER_RUNSC = fileURLToPath(new URL('engine-with-newer-runsc.json', import.meta.url));

/** Unix sockets on which a container engine may answer, in the order in which they are tried. */
function candidates() {
  const host = process.env.DOCKER_HOST;
  if (host) {
    if (!host.startsWith('unix://'))
      throw new Stop(
        `DOCKER_HOST is ${host}, but Vitrine mounts folders into its viewers and so needs an engine on this machine (unix://…).`,
      );
    return [host.slice('unix://'.length)];
  }
  return [DOCKER_SOCKET, '/run/podman/podman.sock'];
}

const answers = (socketPath) =>
  new Promise((resolve) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 3_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });

async function findEngine() {
  for (const socket of candidates()) if (existsSync(socket) && (await answers(socket))) return socket;
  return undefined;
}

/**
 * Finds a container engine or, as root on Debian or Ubuntu, installs and starts one.
 * @returns the engine's socket, and `stop` which ends the engine if it was started here
 */
export async function ensureEngine() {
  const found = await findEngine();
  if (found) return { socket: found, stop: async () => {} };
  const advice =
    'install Docker (`apt-get install docker.io`) or Podman with its API socket (`systemctl enable --now podman.socket`), and start again';
  if (process.env.DOCKER_HOST)
    throw new Stop(`No container engine answers at DOCKER_HOST (${process.env.DOCKER_HOST}).`);
  if (!mayInstall()) throw new Stop(`No container engine answers on this machine: ${advice}.`);
  say('  No container engine answers on this machine; Vitrine installs and starts one.');
  if (!existsSync('/usr/sbin/dockerd') && !existsSync('/usr/bin/dockerd'))
    await aptInstall(['docker.io', 'iptables'], 'the container engine');
  if (existsSync('/run/systemd/system')) {
    await step('Starting the container engine', (note) =>
      run('systemctl', ['start', 'docker'], { note }).then(() => undefined),
    );
    if (await findEngine()) return { socket: DOCKER_SOCKET, stop: async () => {} };
  }
  return step('Starting the container engine', startDockerd);
}

/** What the operator wrote comes first, whatever is in it. */
function configuration() {
  if (!existsSync(RUNSC) || existsSync(ENGINE_CONFIGURATION)) return [];
  const { stdout, stderr } = spawnSync(RUNSC, ['flags'], { encoding: 'utf8', timeout: 10_000 });
  const isNewer = /^\s*-directfs\b/m.test(`${stdout}${stderr}`);
  return ['--config-file', isNewer ? WITH_NEWER_RUNSC : WITH_RUNSC];
}

async function startDockerd() {
  for (const file of ['/var/run/docker.pid', '/run/docker/containerd/containerd.pid']) removeStalePid(file);
  const log = openSync('/var/log/vitrine-dockerd.log', 'a');
  // In a group of its own, so that Ctrl-C reaches the engine only after its containers are gone.
  const child = spawn('dockerd', configuration(), { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let ended = false;
  child.once('error', () => (ended = true));
  child.once('exit', () => (ended = true));
  for (let waited = 0; waited < 60_000 && !ended; waited += 200) {
    if (await answers(DOCKER_SOCKET)) {
      child.unref();
      return {
        socket: DOCKER_SOCKET,
        stop: () => stopDockerd(child, () => ended),
        toString: () => 'dockerd',
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Stop('The container engine (dockerd) did not start; /var/log/vitrine-dockerd.log says why.');
}

async function stopDockerd(child, hasEnded) {
  child.kill('SIGTERM');
  for (let waited = 0; waited < 20_000 && !hasEnded(); waited += 100)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

/** After a SIGKILL the pid file stays, and dockerd refuses to start if some other process has got that number. */
function removeStalePid(file) {
  if (!existsSync(file)) return;
  const name = `/proc/${readFileSync(file, 'utf8').trim()}/comm`;
  if (!existsSync(name) || !/^(dockerd|containerd)/.test(readFileSync(name, 'utf8')))
    rmSync(file, { force: true });
}
