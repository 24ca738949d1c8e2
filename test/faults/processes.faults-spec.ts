import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SessionView } from '../support/api-client.js';
import { guestOf, hostState } from '../support/host-state.js';
import { NOTHING_LEFT, showsLife, Viewing } from '../support/viewing.js';

const VIEWER = 'aeskulap';
/** From the request until nothing is left: every step of an end lies in between. */
const KILL_AFTER_MS = [0, 20, 50, 100, 200, 400, 800];
/** From the request until the first picture is on its way. */
const KILL_GATEWAY_AFTER_MS = [0, 20, 50, 100, 150, 220, 280];
const AT_ONCE = 16;
const BACK_MS = 3_000;
const BRIDGE_PAUSE_MS = 13_000;
const TIMES = 10;
/** Starts that take too long on a busy machine are ended first. */
const REST_MS = 180_000;

const isOver = ({ state }: SessionView): boolean => state === 'ended' || state === 'failed';
const isAtRest = (session: SessionView): boolean =>
  session.state === 'ready' || session.step === 'waiting' || isOver(session);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('processes that die', () => {
  let viewing: Viewing;

  beforeAll(async () => {
    viewing = await Viewing.start({ VITRINE_SESSIONS_PER_PERSON: String(AT_ONCE) });
  }, 360_000);
  afterAll(() => viewing.close());
  afterEach(async () => {
    await viewing.stopAll();
    expect(await viewing.left()).toEqual(NOTHING_LEFT);
  }, 120_000);

  /** What is shown and what is there when nobody is being started or ended; one that waits may be let in at any moment. */
  const atRest = async (): Promise<{ sessions: SessionView[]; guests: string[] }> => {
    const states = (sessions: SessionView[]) =>
      sessions.map(({ id, state, step, endReason = '' }) => `${id} ${state} ${step} ${endReason}`.trim());
    for (const deadline = Date.now() + REST_MS; Date.now() < deadline; await pause(200)) {
      const before = await viewing.sessions();
      const { guests } = await hostState(viewing.stack);
      const sessions = await viewing.sessions();
      if (sessions.every(isAtRest) && String(states(before)) === String(states(sessions)))
        return { sessions, guests };
    }
    throw new Error(`still at work: ${states(await viewing.sessions()).join(', ')}`);
  };

  it.each(KILL_GATEWAY_AFTER_MS)(
    'F1: show a session that was asked for %i ms before the gateway was killed',
    async (ms) => {
      const { patient, itemIds, stack } = viewing;
      const asking = patient
        .fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER })
        .catch(() => undefined);
      await pause(ms);
      await stack.kill('session-gateway');
      await asking;
      await stack.startPart('session-gateway');
      for (const { id } of await viewing.sessions()) {
        expect((await viewing.settled(id)).state).toBe('ready');
        await (await viewing.lookAgain(id)).close();
      }
    },
  );

  it.each(KILL_AFTER_MS)(
    'F2: end a session whose end began %i ms before the control plane was killed, also when the next one is killed too',
    async (ms) => {
      const { id } = await viewing.open(VIEWER);
      const stopping = viewing.stop(id).catch(() => undefined);
      await pause(ms);
      await viewing.stack.kill('control-plane');
      await stopping;
      const again = viewing.restart().catch(() => undefined);
      await pause(1_500 + ms);
      await viewing.stack.kill('control-plane');
      await again;
      await viewing.restart();
      for (const session of await viewing.sessions()) await viewing.settled(session.id);
    },
  );

  it.each(KILL_AFTER_MS)(
    'F2: end a session whose end began %i ms before the session host was killed',
    async (ms) => {
      const { id } = await viewing.open(VIEWER);
      const stopping = viewing.stop(id).catch(() => undefined);
      await pause(ms);
      await viewing.stack.kill('session-host');
      await viewing.stack.startPart('session-host');
      await stopping;
      expect((await viewing.patient.untilSession(id, isOver)).state).toBe('ended');
    },
  );

  it('F3: leave every session ready, over or waiting in line when the control plane is killed during 16 starts', async () => {
    const { patient, itemIds, stack } = viewing;
    const asking = Array.from({ length: AT_ONCE }, () =>
      patient.fetch('POST', '/api/sessions', { itemIds, viewerId: VIEWER }).catch(() => undefined),
    );
    await pause(1_500);
    await stack.kill('control-plane');
    await Promise.all(asking);
    await viewing.restart();
    const { sessions, guests } = await atRest();
    expect(sessions.length).toBeGreaterThan(1);
    const ready = sessions.filter(({ state }) => state === 'ready');
    expect(ready.length).toBeGreaterThan(0);
    const expected = ready.flatMap(({ id }) => [`guacd-${id} running`, `viewer-${id} running`]);
    expect(guests.map((guest) => guest.replace(/^\/vitrine-\w+-/, '')).sort()).toEqual(expected.sort());
  }, 300_000);

  it('F4: keep a stream through an orderly restart of the control plane', async () => {
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    process.kill(viewing.stack.pidOf('control-plane'), 'SIGTERM');
    await viewing.stack.gone('control-plane');
    await showsLife(client);
    await viewing.restart();
    expect((await viewing.settled(id)).state).toBe('ready');
    await showsLife(client);
    expect(client.closing).toBeUndefined();
    await client.close();
  });

  it('F4: bring a browser back to the same screen after the gateway was restarted', async () => {
    const { id } = await viewing.open(VIEWER);
    const client = await viewing.look(id);
    await viewing.stack.kill('session-gateway');
    await client.closed();
    await viewing.stack.startPart('session-gateway');
    const again = await viewing.lookAgain(id);
    expect(again.screen.width).toBe(client.screen.width);
    await again.close();
  });

  it(`F5: bring the same screen back within ${BACK_MS / 1000} s when guacd is killed, again and again`, async () => {
    const { id } = await viewing.open(VIEWER);
    const [times, { width }] = [[] as number[], (await viewing.look(id)).screen];
    for (let n = 0; n < TIMES; n++) {
      const client = await viewing.look(id);
      const bridge = await guestOf(viewing.stack, id, 'guacd');
      const killedAt = Date.now();
      await bridge.kill();
      await client.closed();
      const again = await viewing.lookAgain(id);
      times.push(Date.now() - killedAt);
      expect(again.screen.width).toBe(width);
      await again.close();
      // A bridge that dies again at once is not replaced at once.
      await pause(BRIDGE_PAUSE_MS - (Date.now() - killedAt));
    }
    console.info(`the same screen after ${times.sort((a, b) => a - b).join(', ')} ms`);
    expect(times[TIMES / 2]).toBeLessThan(BACK_MS);
  });
});
