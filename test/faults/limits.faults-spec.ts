import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hostState, NOTHING } from '../support/host-state.js';
import { showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
/** What the gateway is left of, beyond what it holds, and how many strangers come for it. */
const SPARE = 24;
const STRANGERS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a gateway that has used up what the kernel lets it have', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start();
  }, 360_000);
  afterAll(() => viewing.close());
  afterEach(async () => {
    await viewing.stopAll();
    expect(await hostState(viewing.stack)).toEqual(NOTHING);
  }, 120_000);

  it('F27: keeps the streams that it has, and lets people in again when it has room', async () => {
    const { stack } = viewing;
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    const pid = stack.pidOf('session-gateway');
    const held = () => readdirSync(`/proc/${pid}/fd`).length;
    const limit = held() + SPARE;
    expect(spawnSync('prlimit', [`--pid=${pid}`, `--nofile=${limit}:`]).status).toBe(0);

    const strangers: Socket[] = [];
    try {
      for (let made = 0; made < STRANGERS; made++)
        strangers.push(connect(stack.port, '127.0.0.1').on('error', () => undefined));
      await pause(2_000);
      expect(held()).toBeGreaterThan(limit - SPARE);
      await expect(viewing.look(id)).rejects.toThrow();
      await showsLife(client);
    } finally {
      for (const stranger of strangers) stranger.destroy();
    }
    await (await viewing.lookAgain(id)).close();
    await showsLife(client);
    expect(client.closing).toBeUndefined();
    await client.close();
  });
});
