import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionView } from '../support/api-client.js';
import { guestOf, hostState, NOTHING, untilJobsAreDone } from '../support/host-state.js';
import { PARTS } from '../support/stack.js';
import { showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
/** From the answer to the request until the first picture is on its way: every step of a launch lies in between. */
const KILL_AFTER_MS = [0, 15, 30, 45, 60, 80, 100, 125, 150, 180, 220, 280];

const isOver = ({ state }: SessionView): boolean => state === 'ended' || state === 'failed';
/** Three questions without an answer, with time for a busy machine. */
const FROZEN_MS = 40_000;

describe('a session when things die', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start();
  }, 360_000);

  afterAll(() => viewing.close());

  afterEach(async () => {
    await viewing.stopAll();
    await untilJobsAreDone(viewing.stack);
    expect(await hostState(viewing.stack)).toEqual(NOTHING);
  });

  it('keeps streaming while the control plane is dead, is adopted by the next one and can be stopped', async () => {
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await viewing.stack.kill('control-plane');

    await showsLife(client);
    expect(client.closing).toBeUndefined();

    await viewing.restart();
    const adopted = await viewing.settled(id);
    expect(adopted.state).toBe('ready');
    expect(client.closing).toBeUndefined();
    await viewing.stop(id);
    await client.closed();
  });

  it('keeps streaming while the session host is dead, and the next one finds its guests', async () => {
    const { stack } = viewing;
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await stack.kill('session-host');

    await showsLife(client);
    expect((await viewing.settled(id)).state).toBe('ready');

    await stack.startPart('session-host');
    await (await viewing.look(id)).close();
    const next = await viewing.open(VIEWER);
    await viewing.stop(next.id);
    expect(client.closing).toBeUndefined();
    await viewing.stop(id);
    await client.closed();
  });

  it.each(PARTS)(
    'goes on when somebody starts another %s beside the one that runs, which ends by itself and takes nothing away',
    async (name) => {
      const { id } = await viewing.open(VIEWER);
      const client = await viewing.look(id);
      const visit = await viewing.letIn(id);
      await expect(viewing.stack.startBeside(name)).rejects.toThrow('already running');
      await showsLife(client);
      expect((await viewing.settled(id)).state).toBe('ready');
      await (await viewing.look(id)).close();
      expect([client.closing, visit.client.closing]).toEqual([undefined, undefined]);
      await visit.revoke();
      expect((await visit.client.closed(1_000)).reason).toBe('sessions.cut-off');
      await client.close();
    },
  );

  it('starts in whatever order its processes come back', async () => {
    const { stack } = viewing;
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await Promise.all([stack.kill('session-host'), stack.kill('control-plane')]);
    const controlPlane = stack.startPart('control-plane');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await stack.startPart('session-host');
    await controlPlane;
    await stack.waitUntilHealthy();
    expect((await viewing.settled(id)).state).toBe('ready');
    expect(client.closing).toBeUndefined();
    await viewing.stop(id);
    await client.closed();
  });

  it.each(KILL_AFTER_MS.filter((_, index) => index % 3 === 0))(
    'leaves nothing behind when the session host is killed %i ms into a launch',
    async (ms) => {
      const { patient, itemIds, stack } = viewing;
      const asked = patient
        .fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER })
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await stack.kill('session-host');
      await stack.startPart('session-host');
      await asked;
      for (const { id } of await viewing.sessions()) {
        const session = await viewing.settled(id);
        if (session.state === 'ready') await (await viewing.look(id)).close();
      }
    },
  );

  it.each(KILL_AFTER_MS)(
    'leaves nothing behind when the control plane is killed %i ms into a launch',
    async (ms) => {
      const { patient, itemIds } = viewing;
      const asked = patient
        .fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER })
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await viewing.stack.kill('control-plane');
      await asked;
      await viewing.restart();
      // Whatever was written down is carried on with, to a picture or to an end; the check after each test does the rest.
      for (const { id } of await viewing.sessions()) {
        const session = await viewing.settled(id);
        if (session.state === 'ready') await (await viewing.look(id)).close();
      }
    },
  );

  it('shows the same screen again when guacd dies', async () => {
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await (await guestOf(viewing.stack, id, 'guacd')).kill();
    await client.closed();

    const again = await viewing.lookAgain(id);
    expect(again.screen.width).toBe(client.screen.width);
    await again.close();
  });

  it('shows the same screen again when guacd is frozen, and other sessions keep theirs', async () => {
    const [one, other] = [await viewing.open(VIEWER), await viewing.open(VIEWER)];
    const [client, bystander] = [await viewing.look(one.id), await viewing.look(other.id)];
    await (await guestOf(viewing.stack, one.id, 'guacd')).pause();
    await client.closed(FROZEN_MS);
    await (await viewing.lookAgain(one.id)).close();
    expect(bystander.closing).toBeUndefined();
    await bystander.close();
  });

  it('ends with a plain reason when the viewer is frozen, though the engine says that it runs', async () => {
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await (await guestOf(viewing.stack, id, 'viewer')).pause();
    await client.closed(FROZEN_MS);
    const ended = await viewing.patient.untilSession(id, isOver);
    expect(ended.endReason).toBe('viewer-crashed');
  });

  it('can be stopped while its viewer is frozen', async () => {
    const { id } = await viewing.open(VIEWER);
    await (await guestOf(viewing.stack, id, 'viewer')).pause();
    await viewing.stop(id);
  });

  it('ends with a plain reason when the viewer dies', async () => {
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await (await guestOf(viewing.stack, id, 'viewer')).kill();
    await client.closed();
    const ended = await viewing.patient.untilSession(id, isOver);
    expect(ended.endReason).toBe('viewer-crashed');
  });
});

describe('an installation whose supervisor is killed', () => {
  it('ends its sessions and then itself, and leaves nothing', async () => {
    const viewing = await Viewing.start();
    try {
      const { id } = await viewing.open(VIEWER);
      const client = await viewing.look(id);
      await viewing.stack.abandon();
      await client.closed();
      expect(await hostState(viewing.stack)).toEqual(NOTHING);
    } finally {
      await viewing.close();
    }
  }, 360_000);
});
