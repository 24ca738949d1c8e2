import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { filesWith } from '@vitrine/vault/testing';
import { ApiClient } from '../support/api-client.js';
import { runProgram } from '../support/run-program.js';
import { Stack } from '../support/stack.js';

const MIB = 1024 ** 2;
const WORDS = 'a letter that only Jane may read; ';

/** The network drive as it ships: both processes, through the gateway. */
describe('the network drive behind the gateway', () => {
  let stack: Stack;
  let password = '';
  let drive = '';
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-gateway-drive-'));

  beforeAll(async () => {
    stack = await Stack.startTested();
    const jane = new ApiClient(stack);
    await jane.call('POST', '/api/sign-up', {
      name: 'Jane Doe',
      email: 'jane@example.org',
      password: 'correct teapot museum',
    });
    const made = await jane.call<{ secret: string; url: string }>('POST', '/api/access-tokens', {
      label: 'My laptop',
      scope: 'drive-write',
    });
    expect(made.url).toBe(`${stack.origin}/dav/`);
    password = made.secret;
    drive = `${made.url}Drive/`;
  });
  afterAll(async () => {
    await stack.close();
    rmSync(folder, { recursive: true });
  });

  const headers = () => ({ authorization: `Basic ${Buffer.from(`jane:${password}`).toString('base64')}` });
  const get = (name: string) => fetch(`${drive}${name}`, { headers: headers() });
  /** Memory of a process that is its own, and not shared with what it mapped. */
  const memory = (pid: number) =>
    Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

  if (existsSync('/usr/bin/litmus'))
    it('passes litmus', async () => {
      const { output } = await runProgram('env', ['-C', folder, 'litmus', '-k', drive, 'jane', password]);
      expect(output.match(/.*(WARNING|FAIL|SKIPPED).*/g)).toBeNull();
      const passed = [...output.matchAll(/(\d+) passed, 0 failed/g)].map(([, count]) => Number(count));
      expect(passed).toEqual([16, 13, 30, 41, 4]);
    });
  else process.stdout.write('Skipped: litmus is missing.\n');

  it('passes a large file both ways and holds next to nothing of it', async () => {
    const size = 512 * MIB;
    const part = randomBytes(MIB);
    const hash = createHash('sha256');
    const processes = [stack.pidOf('control-plane'), stack.pidOf('session-gateway')];
    const before = processes.map(memory);
    let most = [0, 0];
    const look = () =>
      (most = processes.map((pid, index) => Math.max(most[index]!, memory(pid) - before[index]!)));

    const status = await new Promise((resolve, reject) => {
      const put = request(`${drive}large`, {
        method: 'PUT',
        headers: { ...headers(), 'content-length': String(size) },
      });
      put.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
      void (async () => {
        for (let sent = 0; sent < size; sent += part.length) {
          hash.update(part);
          if (!put.write(part)) await new Promise((drained) => put.once('drain', drained));
          if (sent % (32 * MIB) === 0) look();
        }
        put.end();
      })();
    });
    expect(status).toBe(201);

    const back = createHash('sha256');
    let received = 0;
    for await (const chunk of (await get('large')).body as unknown as AsyncIterable<Uint8Array>) {
      back.update(chunk);
      received += chunk.length;
      if (received % (32 * MIB) < chunk.length) look();
    }
    expect(back.digest('hex')).toBe(hash.digest('hex'));
    process.stdout.write(
      `512 MiB both ways: ${most.map((bytes) => Math.round(bytes / MIB)).join(' and ')} MiB more\n`,
    );
    for (const bytes of most) expect(bytes).toBeLessThan(150 * MIB);
  }, 300_000);

  it('has what it acknowledged after a crash, whole, and nothing of what it did not; all of it sealed', async () => {
    const letter = WORDS.repeat(10_000);
    const put = (name: string) =>
      fetch(`${drive}${name}`, { method: 'PUT', headers: headers(), body: letter });
    expect((await put('letter.txt')).status).toBe(201);
    const half = request(`${drive}half.txt`, {
      method: 'PUT',
      headers: { ...headers(), 'content-length': '1000000' },
    });
    half.on('error', () => undefined);
    half.write(letter);
    expect((await put('second.txt')).status).toBe(201);
    await stack.kill('control-plane');
    half.destroy();
    expect(filesWith(WORDS, stack.folder)).toEqual([]);
    await stack.startPart('control-plane');
    await stack.waitUntilHealthy();
    for (const name of ['letter.txt', 'second.txt']) expect(await (await get(name)).text()).toBe(letter);
    expect((await get('half.txt')).status).toBe(404);
  });
});
