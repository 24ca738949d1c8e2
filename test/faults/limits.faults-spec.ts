import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WEB_USER, type PartName } from '../support/stack.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
/** What the gateway is left of, beyond what it holds, and how many strangers come for it. */
const SPARE = 24;
const STRANGERS = 100;
const PLENTY = 16_384;
/** Long enough for some pulses and a start, and too short for the reconciler to take a pulse for lost. */
const WITHOUT_MS = 6_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a process that has used up what the kernel lets it have', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start();
  }, 360_000);
  afterAll(() => viewing.close());
  afterEach(async () => {
    await viewing.stopAll();
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  }, 120_000);

  const descriptorsOf = (name: PartName) => readdirSync(`/proc/${viewing.stack.pidOf(name)}/fd`).length;
  const limit = (name: PartName, descriptors: number) => {
    // Whose the process is may limit it; root may not everywhere.
    const who = name === 'session-host' ? {} : WEB_USER;
    const args = [`--pid=${viewing.stack.pidOf(name)}`, `--nofile=${descriptors}:`];
    expect(spawnSync('prlimit', args, { ...who, cwd: '/' }).status).toBe(0);
  };

  it('F27: as a gateway keeps the streams that it has, and lets people in again when it has room', async () => {
    const { stack } = viewing;
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    const most = descriptorsOf('session-gateway') + SPARE;
    limit('session-gateway', most);

    const strangers: Socket[] = [];
    try {
      for (let made = 0; made < STRANGERS; made++)
        strangers.push(connect(stack.port, '127.0.0.1').on('error', () => undefined));
      await pause(2_000);
      expect(descriptorsOf('session-gateway')).toBeGreaterThan(most - SPARE);
      await expect(viewing.look(id)).rejects.toThrow();
      await showsLife(client);
    } finally {
      for (const stranger of strangers) stranger.destroy();
    }
    await (await viewing.lookAgain(id)).close();
    await showsLife(client);
    expect(client.closing).toBeUndefined();
    await client.close();
    limit('session-gateway', PLENTY);
  });

  it.each(['control-plane', 'session-host'] as const)(
    'F27: as a %s lets no session begin by half, keeps those that run, and works again when it has room',
    async (name) => {
      const { patient, itemIds } = viewing;
      const { id } = await viewing.open(VIEWER);
      const client = await viewing.look(id);
      // What it holds keeps working; nothing can be opened any more.
      limit(name, descriptorsOf(name));
      const asking = patient
        .fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER })
        .catch(() => undefined);
      await pause(WITHOUT_MS);
      await showsLife(client);
      limit(name, PLENTY);
      await asking;
      for (const session of await viewing.sessions()) await viewing.settled(session.id);
      expect((await viewing.settled(id)).state).toBe('ready');
      await (await viewing.look((await viewing.open(VIEWER)).id)).close();
      expect(client.closing).toBeUndefined();
      await client.close();
    },
  );
});
