import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { syntheticReportPdf } from '@vitrine/samples';
import { ApiClient } from '../support/api-client.js';
import { EngineGate } from '../support/engine-gate.js';
import { Stack } from '../support/stack.js';

const OFFERED_MS = 30_000;

describe('an installation whose engine is not there yet when it starts', () => {
  let folder: string;
  let engine: EngineGate;
  let stack: Stack;
  let patient: ApiClient;
  let itemIds: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-no-engine-'));
    engine = new EngineGate(join(folder, 'engine.sock'));
    stack = await Stack.startTested({ VITRINE_ENGINE_SOCKET: engine.path });
    patient = new ApiClient(stack);
  });
  afterAll(async () => {
    await stack.close();
    await engine.down();
    rmSync(folder, { recursive: true, force: true });
  });

  /** An installation that never had an engine does not know its viewers. */
  const untilOffered = async () => {
    const giveUp = Date.now() + OFFERED_MS;
    for (;;) {
      const { viewers, soon } = await patient.call<{ viewers: unknown[]; soon: boolean }>(
        'GET',
        `/api/viewers?items=${itemIds.join(',')}`,
      );
      if (viewers.length > 0) return;
      expect(soon).toBe(true);
      if (Date.now() > giveUp) throw new Error('no viewer is offered');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  };

  it('takes files in and keeps the record', async () => {
    await patient.signUp('Jane Doe', 'jane@example.org');
    itemIds = (await patient.addFiles([syntheticReportPdf()])).items.map(({ id }) => id);
    const { items } = await patient.call<{ items: { id: string }[] }>('GET', '/api/record');
    expect(items.map(({ id }) => id)).toEqual(itemIds);
  });

  it('says of a viewer why it does not open', async () => {
    const refused = await patient.openSession(itemIds).catch(String);
    expect(refused).toMatch(/hypervisor\.unreachable|start-failed|viewers\.not-ready/);
  });

  it('opens viewers by itself when the engine is there', async () => {
    await engine.up();
    await untilOffered();
    const { id } = await patient.openSession(itemIds);
    await patient.call('POST', `/api/sessions/${id}/stop`);
    await patient.untilSession(id, ({ state }) => state === 'ended');
  });
});
