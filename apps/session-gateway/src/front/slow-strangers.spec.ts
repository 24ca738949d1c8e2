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
const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n';
/** What a slow stranger sends at once; a byte now and then follows. */
const BEGINNINGS = ['', GET, `${GET}\r\n${GET}`, `${GET}\r\n${GET}\r\n${GET}`];

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

  const stranger = (index: number): void => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(BEGINNINGS[index % BEGINNINGS.length] ?? '');
    sockets.push(socket);
  };

  it(`keep nobody out and delay no live session, with ${SLOW} connections`, async () => {
    const client = await gateway.join(session, await gateway.account());
    const before = heldMiB();
    for (let index = 0; index < SLOW; index++) {
      stranger(index);
      if (index % BATCH === 0) await pause(5);
    }
    for (let drip = 0; drip < DRIPS; drip++) {
      for (const socket of sockets) if (!socket.destroyed) socket.write('X');
      const page = await fetch(gateway.url, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(2_000),
      });
      expect(await page.text()).toBe('the portal');
      const { pongs } = client;
      client.ping();
      await client.until(() => client.pongs > pongs, 2_000);
      await pause(DRIP_MS);
    }
    expect(heldMiB() - before).toBeLessThan(100);
    expect(client.closing).toBeUndefined();
    await client.close();
  }, 60_000);
});
