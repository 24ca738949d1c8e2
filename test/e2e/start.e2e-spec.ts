import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { ROOT } from '../support/root.js';

/** Images that are out of date are made first. */
const READY_DEADLINE_MS = 15 * 60_000;

/** Runs `npm start`'s program and gathers what it says. */
function start(args: readonly string[], folder: string) {
  const child = spawn(process.execPath, [join(ROOT, 'tools/start.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, VITRINE_KEY_FILE: `${folder}.key` },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  /** What its processes complain of, which is gone with the folder. */
  const logs = (): string => {
    const place = join(folder, 'log');
    const lines = existsSync(place)
      ? readdirSync(place).flatMap((name) => readFileSync(join(place, name), 'utf8').split('\n'))
      : [];
    return lines
      .filter((line) => !line.startsWith('{"level":30'))
      .join('\n')
      .slice(-8_000);
  };
  const says = async (text: string | RegExp): Promise<string> => {
    const deadline = Date.now() + READY_DEADLINE_MS;
    while (!(typeof text === 'string' ? said.includes(text) : text.test(said))) {
      if (Date.now() > deadline || child.exitCode !== null)
        throw new Error(`It did not say ${text.toString()}, but:\n${said}\n${logs()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return said;
  };
  return { child, ended, says, said: () => said };
}

describe('npm start', () => {
  let folder: string;
  let port: number;
  const running: ChildProcess[] = [];

  const launch = (args: readonly string[]) => {
    const run = start(args, folder);
    running.push(run.child);
    return run;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-start-'));
    port = await freePort();
  });
  afterEach(() => {
    for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    rmSync(`${folder}.key`, { force: true });
  });

  it('lists its options', async () => {
    const { ended, said } = launch(['--help']);
    expect(await ended).toBe(0);
    for (const option of ['--port', '--data', '--demo', '--help']) expect(said()).toContain(option);
  });

  it('says in one sentence what is wrong with an option, and starts nothing', async () => {
    const { ended, said } = launch(['--port', 'eighty']);
    expect(await ended).toBe(1);
    expect(said().trim()).toBe('--port must be a number from 1 to 65535.');
  });

  it('says so when the port is taken', async () => {
    const server = createServer().listen(port, '127.0.0.1');
    const { ended, said } = launch(['--port', String(port), '--data', folder]);
    expect(await ended).toBe(1);
    expect(said()).toContain(`Port ${port} is in use`);
    server.close();
  });

  it(
    'serves the portal, prints who can sign in, and leaves nothing after Ctrl-C',
    async () => {
      const { child, ended, says } = launch(['--port', String(port), '--data', folder, '--demo']);
      const said = await says('Press Ctrl-C');
      for (const role of ['patient', 'caregiver', 'provider', 'admin'])
        expect(said).toMatch(new RegExp(`^ +${role} +\\S+@\\S+ +\\S+`, 'm'));
      const page = await fetch(`http://localhost:${port}/`);
      expect(await page.text()).toContain('<div id="root">');
      const described = await fetch(`http://localhost:${port}/api/docs`);
      const [, script = ''] = /src="([^"]*swagger-ui-bundle\.js)"/.exec(await described.text()) ?? [];
      expect((await fetch(new URL(script, `${described.url}/`))).headers.get('content-type')).toContain(
        'javascript',
      );

      const installation = readFileSync(join(folder, 'installation'), 'utf8').trim();
      const runDir = join('/run/vitrine', installation.slice(0, 12));
      expect(existsSync(runDir)).toBe(true);
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      expect(existsSync(runDir)).toBe(false);
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(runDir);
      await expect(fetch(`http://localhost:${port}/`)).rejects.toThrow();
    },
    READY_DEADLINE_MS,
  );
});
