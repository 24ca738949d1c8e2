/** `npm start`: from a fresh machine to a running Vitrine. Plain Node, no dependencies. */
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApps, ENTRIES } from './setup/apps.mjs';
import { installDependencies, requireNode } from './setup/dependencies.mjs';
import { ensureEngine } from './setup/engine.mjs';
import { ensureImages } from './setup/images.mjs';
import { ensureScratch } from './setup/scratch.mjs';
import { readOptions } from './setup/options.mjs';
import { installationOf, removeRunDir } from './setup/run-dir.mjs';
import { elapsed, say, step, Stop } from './setup/say.mjs';
import { Supervisor } from './setup/supervisor.mjs';
import { asWebUser, requireReach, webUser } from './setup/web-user.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const END_DEADLINE_MS = 30_000;
/** What the control plane reads besides the data: the web user has to get there. */
const FILES_OF_WEB_USER = [
  'VITRINE_KEY_FILE',
  'VITRINE_KEY_PASSPHRASE_FILE',
  'VITRINE_DATABASE_URL_FILE',
  'VITRINE_S3_CREDENTIALS_FILE',
  'VITRINE_DICOM_TLS_KEY',
  'VITRINE_DICOM_TLS_CERT',
  'VITRINE_DICOM_TLS_CLIENT_CA',
  'VITRINE_FTPS_TLS_KEY',
  'VITRINE_FTPS_TLS_CERT',
];

async function main() {
  requireNode();
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(options.help);
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new Stop(
      'Vitrine mounts a private folder in memory for every viewer and so must be started as root on Linux.',
    );
  process.chdir(root);

  say('Vitrine is getting ready.');
  await requireFreePort(options);
  await installDependencies(root);
  const engine = await ensureEngine();
  await ensureScratch();
  await ensureImages();
  await buildApps(root);
  await serve(options, engine);
}

async function requireFreePort({ port, host }) {
  await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) =>
      reject(
        new Stop(
          error.code === 'EADDRINUSE'
            ? `Port ${port} is in use; choose another one with --port.`
            : `Cannot listen on ${host}:${port}: ${error.message}.`,
        ),
      ),
    );
    server.listen(port, host, () => server.close(resolve));
  });
}

async function serve(options, engine) {
  const user = webUser();
  const files = [options.data, ...FILES_OF_WEB_USER.map((name) => process.env[name])].filter(Boolean);
  // For everybody to pass; the folder itself is not.
  mkdirSync(dirname(options.data), { recursive: true });
  requireReach(user, [root, ...files.map((path) => folderThere(resolve(path)))]);
  mkdirSync(options.data, { recursive: true, mode: 0o700 });
  const env = {
    VITRINE_DATA_DIR: options.data,
    VITRINE_PORT: String(options.port),
    VITRINE_HOST: options.host,
    VITRINE_PUBLIC_URL: options.publicUrl,
    VITRINE_WEB_USER: `${user.uid}:${user.gid}`,
    VITRINE_PORTAL_DIR: join(root, 'dist/apps/portal'),
    ...(options.demo ? { VITRINE_DEMO: '1' } : {}),
  };
  let ending = false;
  const end = async (code) => {
    if (ending) return;
    ending = true;
    say('\nClosing the viewers …');
    await controlPlane.stop({ kind: 'end' }, END_DEADLINE_MS);
    await sessionGateway.stop({ kind: 'end' }, END_DEADLINE_MS);
    await sessionHost.stop({ kind: 'end' }, END_DEADLINE_MS);
    removeRunDir(options.data);
    await engine.stop();
    say('Vitrine has ended. Nothing is left running.');
    process.exit(code);
  };
  const onGiveUp = (name, how, words) => {
    const place = options.verbose
      ? 'its log is above'
      : `${join(options.data, 'log', `${name}.log`)} says more`;
    say(`The ${name} keeps ending (${how}); ${place}.`);
    if (words.length > 0) say(`Its last words:\n${words.replace(/^/gm, '    ')}`);
    void end(1);
  };
  const part = (name, entry, more) =>
    new Supervisor({
      name,
      entry: join(root, entry),
      env,
      ...more,
      logDir: join(options.data, 'log'),
      verbose: options.verbose,
      onGiveUp,
    });
  // The only one that is root, and the only one that knows the engine's socket.
  const sessionHost = part('session-host', ENTRIES.sessionHost, {
    env: { ...env, VITRINE_ENGINE_SOCKET: engine.socket },
  });
  const withoutRights = (...ports) => ({ wrap: (command) => asWebUser(user, command, ports) });
  const { VITRINE_DICOM_PORT, VITRINE_FTPS_PORT, VITRINE_FTPS_PASSIVE_PORTS = '' } = process.env;
  const doors = [VITRINE_DICOM_PORT, VITRINE_FTPS_PORT, VITRINE_FTPS_PASSIVE_PORTS.split('-')[0]];
  const controlPlane = part(
    'control-plane',
    ENTRIES.controlPlane,
    withoutRights(...doors.map((port) => Number(port ?? 0))),
  );
  const sessionGateway = part('session-gateway', ENTRIES.sessionGateway, withoutRights(options.port));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0));

  const people = [];
  let ready;
  const listening = new Promise((resolve) => (ready = resolve));
  controlPlane.onMessage((message) => {
    if (message.kind === 'one-time-password') people.push(message);
    if (message.kind === 'ready') ready();
    if (message.kind === 'refused') {
      say(`\n${message.message}`);
      void end(1);
    }
  });
  await step('Starting the session host, the control plane and the session gateway', async () => {
    let prepared;
    const hostListens = new Promise((resolve) => (prepared = resolve));
    sessionHost.onMessage(({ kind }) => kind === 'ready' && prepared());
    sessionHost.start();
    // It makes the folders that the others need, and hands them over.
    void hostListens.then(() => {
      if (ending) return;
      controlPlane.start();
      sessionGateway.start();
    });
    const late = new Promise((_, reject) =>
      setTimeout(
        () =>
          reject(
            new Stop(
              `It did not start within 60 seconds; the files in ${join(options.data, 'log')} say why.`,
            ),
          ),
        60_000,
      ).unref(),
    );
    await Promise.race([listening.then(() => answersAt(options)), late]).catch(async (error) => {
      say(`  ${error.message}`);
      await end(1);
    });
  });
  greet(options, people);
}

/** The folder that the path lies in, or will be made in. */
function folderThere(path) {
  const folder = dirname(path);
  return existsSync(folder) ? folder : folderThere(folder);
}

async function answersAt({ port, host }) {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host;
  for (;;) {
    try {
      const answer = await fetch(`http://${address}:${port}/api/health`, {
        signal: AbortSignal.timeout(2_000),
      });
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function greet(options, people) {
  say(`\nVitrine is ready after ${elapsed()}:  ${options.publicUrl}\n`);
  if (people.length > 0) {
    say('Sign in with (each password is shown only now, and is replaced at the first sign-in):');
    const width = Math.max(...people.map(({ role }) => role.length));
    for (const { role, email, oneTimePassword } of people)
      say(`  ${role.padEnd(width)}  ${email}  ${oneTimePassword}`);
  }
  say(
    `${people.length > 0 ? '' : 'Sign in with your account. '}Patients sign up by themselves on the first page.`,
  );
  say(
    `The stored files are sealed. The key is ${keyPlace(options.data)}: keep a copy of it apart from the data, since nothing can be read without it.`,
  );
  say('Press Ctrl-C to end it.');
}

function keyPlace(dataDir) {
  const { VITRINE_KEY_FILE: file, VITRINE_KEY_PASSPHRASE_FILE: passphrase } = process.env;
  if (passphrase) return `made of the passphrase in ${passphrase}`;
  return file ?? join('/var/lib/vitrine/keys', `${installationOf(dataDir)}.key`);
}

main().catch((error) => {
  process.stderr.write(error instanceof Stop ? `\n${error.message}\n` : `\n${error.stack}\n`);
  process.exit(1);
});
