import { connect, type Socket } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Session } from '@vitrine/sessions';
import { FakeGuacd } from '../../testing/fake-guacd.js';
import { GatewayHarness } from '../../testing/gateway-harness.js';
import { heldMiB } from '../../testing/held-memory.js';

/** More than the port takes in all. */
const SLOW = 5_000;
const BATCH = 100;
const DRIP_MS = 500;
const DRIPS = 8;
/** Of a busy machine; who is kept out is so for as long as Node bears a half head, 10 to 40 s. */
const ANSWER_MS = 5_000;
const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n';
/** What a slow stranger sends at once; a byte now and then follows. Few get an answer first: those are let go of sooner. */
const beginning = (index: number): string =>
  index % 20 === 0 ? `${GET}\r\n${GET}` : index % 2 === 0 ? 'GET /' : GET;

describe('strangers who send a byte now and then', () => {
  const portalDir = mkdtempSync(join(tmpdir(), 'vitrine-portal-'));
  const sockets: Socket[] = [];
  let gateway: GatewayHarness;
  let session: Session;
  let guacd: FakeGuacd;

  beforeAll(async () => {
    writeFileSync(join(portalDir, 'index.html'), 'the portal');
    gateway = await GatewayHarness.start(portalDir);
    session = await gateway.session();
    guacd = await FakeGuacd.start(gateway.endpoints(session).guacd);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await guacd.stop();
    await gateway.stop();
    rmSync(portalDir, { recursive: true });
  });

  const stranger = async (index: number): Promise<void> => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    socket.write(beginning(index));
  };

  it(`keep nobody out and delay no live session, with ${SLOW} connections`, async () => {
    const client = await gateway.join(session, await gateway.account());
    const before = heldMiB();
    // As many at a time as the kernel keeps in line for the port.
    for (let first = 0; first < SLOW; first += BATCH)
      await Promise.all(Array.from({ length: BATCH }, (_, index) => stranger(first + index)));
    for (let drip = 0; drip < DRIPS; drip++) {
      for (const socket of sockets) if (!socket.destroyed) socket.write('X');
      const page = await fetch(gateway.url, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      expect(await page.text()).toBe('the portal');
      const { pongs } = client;
      client.ping();
      await client.until(() => client.pongs > pongs, ANSWER_MS);
      await pause(DRIP_MS);
    }
    expect(heldMiB() - before).toBeLessThan(100);
    expect(client.closing).toBeUndefined();
    await client.close();
  }, 60_000);
});
