import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeDriver, FakeEngine, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId, Problem } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import {
  addImaging,
  aViewer,
  FakeCopier,
  knowFrozen,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../testing/index.js';

const DIGEST = (letter: string) => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {},
});

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const lookCloser = async ({ reconciler }: SessionHarness): Promise<unknown> =>
  (await reconciler.feelPulses()).looks;

describe('Reconciler, of guests that do not answer', () => {
  const patientId = newId();
  let installation: ReturnType<typeof testInstallation>;
  let engine: FakeEngine;
  const opened: SessionHarness[] = [];

  const open = async () => {
    const { settings } = installation;
    const harness = await openSessions({
      driver: new FakeDriver(engine),
      mounts: new FakeMounts(),
      copier: new FakeCopier(),
      settings,
    });
    opened.push(harness);
    await harness.database.manager.save(aViewer());
    return harness;
  };
  const ready = async ({ database, sessions, until }: SessionHarness) => {
    const { item } = await addImaging(database, patientId);
    const startedBy = { kind: 'account' as const, id: newId(), name: 'J' };
    const { id } = await sessions.request({ patientId, startedBy, itemIds: [item.id] });
    return until(id, (one) => one.state === 'ready' && one.viewerStatus === 'showing');
  };

  beforeEach(() => {
    installation = testInstallation();
    engine = new FakeEngine();
    engine.images.set('vitrine/guacd:1', DIGEST('c'));
    engine.images.set('vitrine/plain:1', DIGEST('a'));
  });
  afterEach(async () => {
    engine.reachable = true;
    engine.close();
    for (const harness of opened.splice(0)) await harness.close();
    await installation.remove();
  });

  it('gives a session a new display bridge when the old one is frozen, though the engine says that it runs', async () => {
    const harness = await open();
    const session = await ready(harness);
    knowFrozen(harness.module.get(SessionHost), engine);
    engine.frozen.add(session.guests.guacd.name);
    await lookCloser(harness);
    expect(engine.frozen.size).toBe(0);
    expect(engine.guests.get(session.guests.guacd.name)?.status).toBe('running');
    expect((await harness.store.get(session.id)).state).toBe('ready');
  });

  it('leaves a display bridge in its place that answers when it is asked once more', async () => {
    const harness = await open();
    const session = await ready(harness);
    const host = harness.module.get(SessionHost);
    const replaced = jest.spyOn(host, 'destroy');
    const missed = new Set<string>();
    jest.spyOn(host, 'answers').mockImplementation((_id, role) => {
      const again = missed.has(role);
      missed.add(role);
      return again ? Promise.resolve() : Promise.reject(new Problem('hypervisor.not-answering'));
    });
    await harness.reconciler.sweep();
    expect(replaced).not.toHaveBeenCalled();
    expect((await harness.store.get(session.id)).state).toBe('ready');
  });

  it('ends a session whose viewer is frozen, and asks the engine nothing while all answer', async () => {
    const harness = await open();
    const [frozen, sound] = [await ready(harness), await ready(harness)];
    engine.reachable = false;
    await lookCloser(harness);
    expect((await harness.store.get(sound.id)).unverified).toBe(false);
    engine.reachable = true;
    engine.frozen.add(frozen.guests.viewer.name);
    const began = performance.now();
    await lookCloser(harness);
    expect(await harness.store.get(frozen.id)).toMatchObject({
      state: 'failed',
      endReason: 'viewer-crashed',
    });
    expect((await harness.store.get(sound.id)).state).toBe('ready');
    // It may have frozen when it had just been asked, three seconds before.
    expect(performance.now() - began).toBeLessThan(7_000);
  }, 30_000);

  it('ends no viewer for a missed answer while the machine is slow with most guests', async () => {
    const harness = await open();
    const sessions = [await ready(harness), await ready(harness), await ready(harness)];
    // Longer than a guest takes that is given a processor.
    knowFrozen(harness.module.get(SessionHost), engine, () => pause(1_100));
    const names = sessions.flatMap(({ guests }) => [guests.viewer.name, guests.guacd.name]);
    const [first = '', , ...others] = names;
    for (const name of [first, ...others]) engine.frozen.add(name);
    await lookCloser(harness);
    for (const { id } of sessions) expect((await harness.store.get(id)).state).toBe('ready');
    expect(engine.frozen.size).toBe(5);
    for (const name of others) engine.frozen.delete(name);
    await lookCloser(harness);
    expect((await harness.store.get(sessions[0]!.id)).state).toBe('failed');
    for (const { id } of sessions.slice(1)) expect((await harness.store.get(id)).state).toBe('ready');
  }, 30_000);

  it('goes on feeling pulses beside viewers that are frozen', async () => {
    const harness = await open();
    const session = await ready(harness);
    engine.frozen.add(session.guests.viewer.name);
    let give: () => void = () => undefined;
    const patience = [Promise.resolve(), new Promise<void>((resolve) => (give = resolve))];
    knowFrozen(harness.module.get(SessionHost), engine, () => patience.shift() ?? Promise.resolve());
    const { looks } = await harness.reconciler.feelPulses();
    // Nobody has waited for the closer look.
    expect((await harness.store.get(session.id)).state).toBe('ready');
    give();
    await looks;
    expect((await harness.store.get(session.id)).state).toBe('failed');
  });

  it('ends nothing because the host hangs', async () => {
    const harness = await open();
    const session = await ready(harness);
    const host = harness.module.get(SessionHost);
    jest.spyOn(host, 'answers').mockReturnValue(new Promise(() => undefined));
    const inReality = setTimeout;
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
    try {
      const over = new AbortController();
      const look = lookCloser(harness).finally(() => over.abort());
      // The deadline that passes here is that of the caller, who first waits for the database.
      while (!over.signal.aborted) {
        await jest.advanceTimersByTimeAsync(1_000);
        // A database of its own needs some of this time, too.
        await new Promise((resolve) => inReality(resolve, 100));
      }
      await look;
    } finally {
      jest.useRealTimers();
    }
    expect((await harness.store.get(session.id)).state).toBe('ready');
  });

  it.each(['kernel.unexpected', 'hypervisor.unreachable'] as const)(
    'ends nothing because the host cannot ask: %s',
    async (code) => {
      const harness = await open();
      const session = await ready(harness);
      jest.spyOn(harness.module.get(SessionHost), 'answers').mockRejectedValue(new Problem(code));
      await harness.reconciler.feelPulses();
      await harness.reconciler.sweep();
      expect((await harness.store.get(session.id)).state).toBe('ready');
    },
    30_000,
  );
});
