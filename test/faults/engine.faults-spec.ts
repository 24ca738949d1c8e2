import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EngineGate } from '../support/engine-gate.js';
import { hostState } from '../support/host-state.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
const HUNG_MS = 15_000;
const ANSWER_MS = 2_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('an engine that fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-gate-'));
  const gate = new EngineGate(join(folder, 'engine.sock'));
  let viewing: Viewing;

  beforeAll(async () => {
    await gate.up();
    viewing = await Viewing.start({ VITRINE_ENGINE_SOCKET: gate.path });
  }, 360_000);
  afterAll(async () => {
    await viewing.close();
    await gate.down();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await viewing.stopAll();
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  }, 120_000);

  it('F11: by hanging, stops no stream and no other request, and is used again when it answers', async () => {
    const { patient, itemIds } = viewing;
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    const asked = await gate.hang(async () => {
      const asking = patient.fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER });
      for (const until = Date.now() + HUNG_MS; Date.now() < until; await pause(500)) {
        const began = Date.now();
        await patient.call('GET', '/api/record');
        expect(Date.now() - began).toBeLessThan(ANSWER_MS);
        await showsLife(client);
      }
      return asking.catch(() => undefined);
    });
    expect(client.closing).toBeUndefined();
    await client.close();
    if (asked?.ok) for (const session of await viewing.sessions()) await viewing.settled(session.id);
    expect((await viewing.settled(id)).state).toBe('ready');
    expect((await viewing.settled((await viewing.open(VIEWER)).id)).state).toBe('ready');
  });

  it.each([
    ['made', /^POST \S*\/containers\/create/],
    ['started', /^POST \S*\/containers\/\S+\/start/],
  ])(
    'F12: by losing its answer after it %s a guest, leads to one guest and a picture',
    async (_, request) => {
      gate.loseAnswerTo(request);
      const { id } = await viewing.open(VIEWER);
      await (await viewing.look(id)).close();
      expect((await hostState(viewing.stack)).guests).toHaveLength(2);
    },
  );

  it('F12: by losing its answer after it removed a guest, leaves nothing', async () => {
    const { id } = await viewing.open(VIEWER);
    gate.loseAnswerTo(/^DELETE \S*\/containers\//);
    await viewing.stop(id);
  });
});
