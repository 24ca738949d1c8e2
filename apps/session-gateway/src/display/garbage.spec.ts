import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Session } from '@vitrine/sessions';
import { FakeGuacd } from '../../testing/fake-guacd.js';
import { GatewayHarness } from '../../testing/gateway-harness.js';
import { heldMiB } from '../../testing/held-memory.js';

const SOCKETS = Number(process.env['VITRINE_GARBAGE_SOCKETS'] ?? 10_000);
const AT_ONCE = 64;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const upgrade = (path: string, extra = '', version = 13, key = 'dGhlIHNhbXBsZSBub25jZQ==') =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Origin: http://localhost:8080\r\nSec-WebSocket-Protocol: guacamole\r\n` +
  `Sec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: ${key}\r\n${extra}\r\n`;
const plausible = () => `/display?ticket=${randomBytes(32).toString('base64url')}`;

/** What strangers send; each is a function, so that every socket gets its own. */
const GARBAGE: readonly (() => string | Buffer)[] = [
  () => upgrade('/display'),
  () => upgrade('/display?ticket=' + 'x'.repeat(5000)),
  () => upgrade(plausible()),
  () => Buffer.concat([Buffer.from(upgrade(plausible())), randomBytes(300)]),
  () => upgrade(plausible(), '', 99),
  () => upgrade(plausible(), '', 13, 'short'),
  () => upgrade(plausible(), `Cookie: vitrine_visit=${'%'.repeat(2000)}; =;;\r\n`),
  () => upgrade('http://[/display?ticket=%'),
  () => upgrade('/display?ticket=%00%ff'),
  () => upgrade('*'),
  () => upgrade(plausible()).replace('websocket', 'h2c'),
  () => upgrade(plausible()).replace('GET', 'POST'),
  () => upgrade(plausible()).replace(/Origin.*\r\n/, ''),
  () => upgrade(plausible(), `X: ${'y'.repeat(20_000)}\r\n`),
  () => upgrade(plausible()).slice(0, 60),
  () => randomBytes(500),
  () => '',
];

describe('strangers', () => {
  let gateway: GatewayHarness;
  let session: Session;
  let guacd: FakeGuacd;

  beforeAll(async () => {
    gateway = await GatewayHarness.start();
    session = await gateway.session();
    guacd = await FakeGuacd.start(gateway.endpoints(session).guacd);
  });
  afterAll(async () => {
    await guacd.stop();
    await gateway.stop();
  });

  /** One socket: sends, waits for an answer or a moment, leaves (half of them rudely). Gives what came first. */
  const stranger = (data: string | Buffer, index: number) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      let answer = 'none';
      const leave = () => (index % 2 === 0 ? socket.destroy() : socket.resetAndDestroy());
      const timer = setTimeout(leave, index % 3 === 0 ? 20 : 2000);
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        answer = chunk.toString('latin1', 9, 12);
        // An accepted upgrade gets frames that are none.
        if (answer === '101') socket.write(randomBytes(64));
        else leave();
      });
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(answer);
      });
      socket.write(data);
    });

  it(`do not end the process, and do not delay a live session, by ${SOCKETS} sockets`, async () => {
    const client = await gateway.join(session, await gateway.account());
    const delays: number[] = [];
    const storming = new AbortController();
    const calm = storming.signal;
    const live = (async () => {
      while (!calm.aborted) {
        const pongs = client.pongs;
        const started = performance.now();
        client.ping();
        await client.until(() => client.pongs > pongs, 10_000);
        delays.push(performance.now() - started);
        await wait(20);
      }
    })();
    const before = heldMiB();
    const answers: Record<string, number> = {};
    let next = 0;
    const storm = async () => {
      for (let index = next++; index < SOCKETS; index = next++) {
        const made = GARBAGE[index % GARBAGE.length]?.() ?? '';
        const answer = await stranger(made, index);
        answers[answer] = (answers[answer] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, storm));
    storming.abort();
    await live;
    delays.sort((a, b) => a - b);
    const p95 = delays[Math.floor(delays.length * 0.95)] ?? Infinity;
    console.info(`answers ${JSON.stringify(answers)}; ping p95 ${p95.toFixed(1)} ms of ${delays.length}`);
    // The strangers live in this same process, so this is far more than a browser would notice.
    expect(p95).toBeLessThan(250);
    expect(heldMiB() - before).toBeLessThan(50);
    expect(client.closing).toBeUndefined();
    // The upgrade of a plausible ticket is answered by a close code, everything else by an HTTP error.
    expect(Object.keys(answers).every((answer) => /^(101|[45]\d\d|none)$/.test(answer))).toBe(true);
    expect(answers['500']).toBeUndefined();
    expect((await gateway.join(session, await gateway.account())).uuid).toBeDefined();
    await client.close();
  }, 120_000);
});
