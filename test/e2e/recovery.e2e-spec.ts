import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { guestOf, hostState, NOTHING, untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';
import { syntheticCtStudy } from '@vitrine/samples';

const VIEWER = 'aeskulap';
/** From the answer to the request until the first picture is on its way: every step of a launch lies in between. */
const KILL_AFTER_MS = [0, 15, 30, 45, 60, 80, 100, 125, 150, 180, 220, 280];

/** Three questions without an answer, with time for a busy machine. */
const FROZEN_MS = 40_000;

describe('a session when things die', () => {
  let stack: Stack;
  let patient: ApiClient;
  let itemIds: string[];

  beforeAll(async () => {
    stack = await Stack.start();
    patient = new ApiClient(stack);
    await patient.signUp('Jane Doe', 'jane@example.org');
    const study = syntheticCtStudy({ slices: 8, size: 128, patientName: 'Doe^Jane', birthDate: '19510402' });
    itemIds = (await patient.addFiles(study)).items.map(({ id }) => id);
    await untilIdle(stack);
  }, 360_000);

  afterAll(() => stack.close());

  afterEach(async () => {
    for (const { id } of await patient.call<SessionView[]>('GET', '/api/sessions'))
      await patient.call('POST', `/api/sessions/${id}/stop`);
    expect(await hostState(stack)).toEqual(NOTHING);
  });

  const look = async (sessionId: string): Promise<GuacamoleClient> => {
    const { ticket } = await patient.call<{ ticket: string }>('POST', `/api/sessions/${sessionId}/tickets`);
    const client = await GuacamoleClient.connect({
      gateway: stack.origin,
      ticket,
      origin: stack.origin,
      cookie: patient.cookieHeader,
    });
    await client.firstFrame();
    return client;
  };

  /** As a page does that lost its display: until there is a picture. */
  const lookAgain = async (sessionId: string): Promise<GuacamoleClient> => {
    for (const deadline = Date.now() + 60_000; ;) {
      const again = await look(sessionId).catch((error: unknown) => {
        if (Date.now() > deadline) throw error;
      });
      if (again) return again;
    }
  };

  const restart = async (): Promise<void> => {
    await stack.startPart('control-plane');
    await stack.waitUntilHealthy();
  };

  it('keeps streaming while the control plane is dead, is adopted by the next one and can be stopped', async () => {
    const { id } = await patient.openSession(itemIds, VIEWER);
    const client = await look(id);
    await stack.kill('control-plane');

    const frames = client.counts['sync'] ?? 0;
    for (let x = 0; x < 20; x++) client.mouse(100 + 10 * x, 200);
    client.ping();
    await client.until(() => client.pongs > 0 && (client.counts['sync'] ?? 0) > frames);
    expect(client.closing).toBeUndefined();

    await restart();
    const adopted = await patient.call<SessionView>('GET', `/api/sessions/${id}`);
    expect(adopted.state).toBe('ready');
    expect(client.closing).toBeUndefined();
    await patient.call('POST', `/api/sessions/${id}/stop`);
    await client.closed();
  });

  it.each(KILL_AFTER_MS)(
    'leaves nothing behind when the control plane is killed %i ms into a launch',
    async (ms) => {
      const asked = patient
        .fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER })
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await stack.kill('control-plane');
      await asked;
      await restart();
      const left = await patient.call<SessionView[]>('GET', '/api/sessions');
      // Whatever was written down is carried on with, to a picture or to an end; the check after each test does the rest.
      for (const { id } of left) {
        const session = await patient.untilSession(id, ({ state }) =>
          ['ready', 'ended', 'failed'].includes(state),
        );
        if (session.state === 'ready') await (await look(id)).close();
      }
    },
  );

  it('shows the same screen again when guacd dies', async () => {
    const { id } = await patient.openSession(itemIds, VIEWER);
    const client = await look(id);
    await (await guestOf(stack, id, 'guacd')).kill();
    await client.closed();

    const again = await lookAgain(id);
    expect(again.screen.width).toBe(client.screen.width);
    await again.close();
  });

  it('shows the same screen again when guacd is frozen, and other sessions keep theirs', async () => {
    const [one, other] = [
      await patient.openSession(itemIds, VIEWER),
      await patient.openSession(itemIds, VIEWER),
    ];
    const [client, bystander] = [await look(one.id), await look(other.id)];
    await (await guestOf(stack, one.id, 'guacd')).pause();
    await client.closed(FROZEN_MS);
    await (await lookAgain(one.id)).close();
    expect(bystander.closing).toBeUndefined();
    await bystander.close();
  });

  it('ends with a plain reason when the viewer is frozen, though the engine says that it runs', async () => {
    const { id } = await patient.openSession(itemIds, VIEWER);
    const client = await look(id);
    await (await guestOf(stack, id, 'viewer')).pause();
    await client.closed(FROZEN_MS);
    const ended = await patient.untilSession(id, ({ state }) => state === 'ended' || state === 'failed');
    expect(ended.endReason).toBe('viewer-crashed');
  });

  it('can be stopped while its viewer is frozen', async () => {
    const { id } = await patient.openSession(itemIds, VIEWER);
    await (await guestOf(stack, id, 'viewer')).pause();
    await patient.call('POST', `/api/sessions/${id}/stop`);
  });

  it('ends with a plain reason when the viewer dies', async () => {
    const { id } = await patient.openSession(itemIds, VIEWER);
    const client = await look(id);
    await (await guestOf(stack, id, 'viewer')).kill();
    await client.closed();
    const ended = await patient.untilSession(id, ({ state }) => state === 'ended' || state === 'failed');
    expect(ended.endReason).toBe('viewer-crashed');
  });
});
