import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { GuacamoleClient } from '@vitrine/sessions/testing';
import { ApiClient, type SessionView } from '../support/api-client.js';
import { guestOf, hostState, NOTHING, untilIdle } from '../support/host-state.js';
import { Stack } from '../support/stack.js';
import { syntheticCtStudy } from '@vitrine/samples';

const VIEWER = 'aeskulap';
/** From the answer to the request until the first picture is on its way: every step of a launch lies in between. */
const KILL_AFTER_MS = [0, 15, 30, 45, 60, 80, 100, 125, 150, 180, 220, 280];

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

  it('keeps streaming while the session host is dead, and the next one finds its guests', async () => {
    const { id } = await patient.openSession(itemIds, VIEWER);
    const client = await look(id);
    await stack.kill('session-host');

    const frames = client.counts['sync'] ?? 0;
    for (let x = 0; x < 20; x++) client.mouse(100 + 10 * x, 200);
    client.ping();
    await client.until(() => client.pongs > 0 && (client.counts['sync'] ?? 0) > frames);
    expect((await patient.call<SessionView>('GET', `/api/sessions/${id}`)).state).toBe('ready');

    await stack.startPart('session-host');
    const second = await look(id);
    await second.close();
    const next = await patient.openSession(itemIds, VIEWER);
    await patient.call('POST', `/api/sessions/${next.id}/stop`);
    expect(client.closing).toBeUndefined();
    await patient.call('POST', `/api/sessions/${id}/stop`);
    await client.closed();
  });

  it('starts in whatever order its processes come back', async () => {
    const { id } = await patient.openSession(itemIds, VIEWER);
    const client = await look(id);
    await Promise.all([stack.kill('session-host'), stack.kill('control-plane')]);
    const controlPlane = stack.startPart('control-plane');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await stack.startPart('session-host');
    await controlPlane;
    await stack.waitUntilHealthy();
    expect((await patient.call<SessionView>('GET', `/api/sessions/${id}`)).state).toBe('ready');
    expect(client.closing).toBeUndefined();
    await patient.call('POST', `/api/sessions/${id}/stop`);
    await client.closed();
  });

  it.each(KILL_AFTER_MS.filter((_, index) => index % 3 === 0))(
    'leaves nothing behind when the session host is killed %i ms into a launch',
    async (ms) => {
      const asked = patient
        .fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER })
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await stack.kill('session-host');
      await stack.startPart('session-host');
      await asked;
      for (const { id } of await patient.call<SessionView[]>('GET', '/api/sessions')) {
        const session = await patient.untilSession(id, ({ state }) =>
          ['ready', 'ended', 'failed'].includes(state),
        );
        if (session.state === 'ready') await (await look(id)).close();
      }
    },
  );

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

    const deadline = Date.now() + 60_000;
    let again: GuacamoleClient | undefined;
    while (!again && Date.now() < deadline) again = await look(id).catch(() => undefined);
    expect(again?.screen.width).toBe(client.screen.width);
    await again?.close();
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
