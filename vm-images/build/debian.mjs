import { spawn } from 'node:child_process';
import { BuildError, run } from './process.mjs';

const PULL_MS = 120_000;
const MIRROR = 'http://deb.debian.org';

/** What the official slim images leave out too; the copyright files stay. */
const LEFT_OUT = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/info/*', '/usr/share/doc/*'];

/**
 * Makes `vitrine/debian:<suite>` available: the official slim image where a registry answers, otherwise bootstrapped from
 * Debian's own packages, so that no registry is needed. The name is our own, so that it never is an image which something
 * else has left under the official name. Resolves to what the engine says of the image.
 */
export async function ensureDebian(engine, reference, report) {
  const suite = /^vitrine\/debian:([a-z]+)$/.exec(reference)?.[1];
  if (!suite)
    throw new BuildError(
      `The image ${reference} is missing, and only vitrine/debian:<suite> can be made here.`,
    );
  const official = `docker.io/library/debian:${suite}-slim`;
  report('step', `fetching ${official}`);
  if (await engine.pull(official, PULL_MS)) {
    await engine.tag(official, reference);
  } else {
    report('step', `no registry answers; making ${reference} from Debian packages (about 30 s)`);
    await ensureMmdebstrap();
    await bootstrap(engine, suite, reference);
  }
  const made = (await engine.inspect([reference])).get(reference);
  if (!made) throw new BuildError(`The base image ${reference} could not be made.`);
  return made;
}

async function ensureMmdebstrap() {
  if ((await run('mmdebstrap', ['--version'])).code === 0) return;
  const packages = ['mmdebstrap', 'debian-archive-keyring'];
  if (process.getuid?.() === 0 && (await run('apt-get', ['--version'])).code === 0) {
    await run('apt-get', ['update', '-q']);
    const flags = ['install', '-y', '-q', '--no-install-recommends', ...packages];
    if ((await run('apt-get', flags, { env: { DEBIAN_FRONTEND: 'noninteractive' } })).code === 0) return;
  }
  throw new BuildError(
    `No registry answers and mmdebstrap is missing: install it (apt-get install ${packages.join(' ')}) or let the engine reach a registry.`,
  );
}

async function bootstrap(engine, suite, reference) {
  const sources = [
    `deb ${MIRROR}/debian ${suite} main`,
    `deb ${MIRROR}/debian ${suite}-updates main`,
    `deb ${MIRROR}/debian-security ${suite}-security main`,
  ];
  const flags = ['--variant=minbase', '--quiet'];
  for (const path of LEFT_OUT) flags.push(`--dpkgopt=path-exclude=${path}`);
  flags.push('--dpkgopt=path-include=/usr/share/doc/*/copyright');
  const tar = spawn('mmdebstrap', [...flags, suite, '-', ...sources], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  tar.stderr.setEncoding('utf8').on('data', (chunk) => (said = (said + chunk).slice(-2000)));
  const ended = new Promise((resolve) => tar.on('close', resolve));
  await engine.import(tar.stdout, reference, ['CMD ["bash"]']);
  if ((await ended) !== 0) {
    throw new BuildError(
      `Debian ${suite} could not be made from its packages: is ${MIRROR} reachable?`,
      said.trim(),
    );
  }
}
