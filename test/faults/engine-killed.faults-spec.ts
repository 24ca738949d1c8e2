import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { shippedImages } from '@vitrine/session-host';
import { OwnEngine } from '../support/own-engine.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';

describe('an engine that is killed, with live-restore', () => {
  const engine = new OwnEngine();
  let viewing: Viewing | undefined;

  const guests = () =>
    spawnSync('docker', ['--host', `unix://${engine.socket}`, 'ps', '--all', '--quiet'], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean);

  beforeAll(async () => {
    const { guacd, viewers } = shippedImages();
    const viewer = viewers.find((reference) => reference.includes(VIEWER));
    await engine.start();
    engine.load([guacd, viewer ?? VIEWER]);
    // For the product and for what looks at what it left.
    process.env['VITRINE_ENGINE_SOCKET'] = engine.socket;
    viewing = await Viewing.start();
  }, 600_000);
  afterAll(async () => {
    await viewing?.close();
    await engine.close();
  }, 120_000);

  it('F10: cuts no stream, and is used again when it is back, with nothing twice and nothing left', async () => {
    if (!viewing) throw new Error('nothing was started');
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await engine.kill();
    await showsLife(client);
    await engine.start();
    await showsLife(client);
    expect((await viewing.settled(id)).state).toBe('ready');
    expect(client.closing).toBeUndefined();

    const other = await viewing.open(VIEWER);
    await (await viewing.look(other.id)).close();
    expect(guests()).toHaveLength(4);
    expect(client.closing).toBeUndefined();
    await viewing.stopAll();
    expect(guests()).toEqual([]);
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  });
});
