import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDriver, FakeEngine, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId, Problem, type SessionSettings } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import {
  addImaging,
  aViewer,
  FakeCopier,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../../testing/index.js';
import { WarmGuests } from './warm-guests.js';
import { WarmPool } from './warm-pool.js';

const image = (letter: string) => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {},
});

/** Threat T8: what was ever handed to a person is nobody else's afterwards, however that ended. */
describe('guests that were kept warm', () => {
  const patientId = newId();
  let installation: ReturnType<typeof testInstallation>;
  let engine: FakeEngine;
  let mounts: FakeMounts;
  let copier: FakeCopier;
  let itemId: string;
  const opened: SessionHarness[] = [];
  /** What pools of any process handed over, in order. */
  let handed: string[];

  const open = async (sessions: Partial<SessionSettings> = {}) => {
    const settings = {
      ...installation.settings,
      sessions: { ...installation.settings.sessions, warm: 1, bridges: 0, ...sessions },
    };
    const harness = await openSessions({ driver: new FakeDriver(engine), mounts, settings, copier });
    opened.push(harness);
    await harness.database.manager.save(aViewer());
    itemId = (await addImaging(harness.database, patientId)).item.id;
    const pool = harness.module.get(WarmPool);
    const take = pool.take.bind(pool);
    pool.take = async (...wanted) => {
      const set = await take(...wanted);
      if (set) handed.push(set.id);
      return set;
    };
    pool.start(Promise.resolve());
    return harness;
  };
  const request = ({ sessions }: SessionHarness) =>
    sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [itemId],
    });
  const eventually = async (what: () => boolean) => {
    for (const giveUp = Date.now() + 20_000; !what();) {
      if (Date.now() > giveUp) throw new Error(`not so: ${String(what)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const ids = (harness: SessionHarness) => [...harness.module.get(WarmPool)['sets'].keys()];
  /** The pair that the pool would hand over next. */
  const warmed = async (harness: SessionHarness): Promise<string> => {
    harness.module.get(WarmPool)['hurry']();
    await eventually(() => ids(harness).length === 1);
    return ids(harness)[0] ?? '';
  };
  const owners = () => new Set([...engine.guests.values()].map(({ spec }) => spec.ownerId));

  beforeEach(() => {
    installation = testInstallation();
    engine = new FakeEngine();
    mounts = new FakeMounts();
    copier = new FakeCopier();
    handed = [];
    engine.images.set('vitrine/guacd:1', image('c'));
    engine.images.set('vitrine/plain:1', image('a'));
  });
  afterEach(async () => {
    engine.reachable = true;
    for (const harness of opened.splice(0)) {
      await harness.sessions.endAll();
      await harness.close();
    }
    engine.close();
    await installation.remove();
  });

  it('are gone after the session that took them, and the next one gets others', async () => {
    const harness = await open();
    for (let round = 0; round < 2; round++) {
      const warm = await warmed(harness);
      const { id } = await request(harness);
      expect(id).toBe(warm);
      await harness.until(id, ({ state }) => state === 'ready');
      await harness.sessions.end(id, { reason: 'stopped' });
      expect(owners()).not.toContain(id);
    }
    expect(new Set(handed).size).toBe(2);
  }, 60_000);

  it('are taken away when the session that took them was refused, also when the engine is away just then', async () => {
    const harness = await open({ perPerson: 1 });
    const first = await request(harness);
    await harness.until(first.id, ({ state }) => state === 'ready');
    const warm = await warmed(harness);
    const host = harness.module.get(SessionHost);
    const remove = host.remove.bind(host);
    // The engine is away for the one who would take them away.
    host.remove = () => Promise.reject(new Problem('hypervisor.unreachable'));
    await expect(request(harness)).rejects.toMatchObject({ code: 'sessions.limit-reached' });
    expect(handed).toEqual([warm]);
    expect(owners()).toContain(warm);
    expect(ids(harness)).not.toContain(warm);
    host.remove = remove;

    await harness.sessions.end(first.id, { reason: 'stopped' });
    const second = await request(harness);
    expect(second.id).not.toBe(warm);
    await harness.reconciler.sweep();
    expect(owners()).not.toContain(warm);
    expect(new Set(handed).size).toBe(handed.length);
  }, 60_000);

  it('are gone when the start of the session that took them failed half-way, with the record in them', async () => {
    const harness = await open();
    const warm = await warmed(harness);
    copier.before = () => Promise.reject(new Problem('vault.damaged'));
    const { id } = await request(harness);
    expect(id).toBe(warm);
    await harness.until(id, ({ state }) => state === 'failed', 20_000);
    await eventually(() => !owners().has(id));
    copier.before = () => Promise.resolve();
    const next = await warmed(harness);
    expect(next).not.toBe(warm);
    expect((await request(harness)).id).toBe(next);
    expect(handed).toEqual([warm, next]);
  }, 60_000);

  it('are a session’s like every other to a process that takes over: it goes on with them, ends them, and keeps others', async () => {
    const before = await open();
    const warm = await warmed(before);
    const { id } = await request(before);
    expect(id).toBe(warm);
    await before.until(id, ({ state }) => state === 'ready');
    const taken = [...engine.guests.values()].filter(({ spec }) => spec.ownerId === id);
    await new Promise((resolve) => setTimeout(resolve, 1_100));

    const after = await open();
    await after.reconciler.takeOver();
    await after.reconciler.sweep();
    expect(await after.store.get(id)).toMatchObject({ state: 'ready' });
    expect([...engine.guests.values()]).toEqual(expect.arrayContaining(taken));
    const next = await warmed(after);
    expect(next).not.toBe(id);
    await after.sessions.end(id, { reason: 'stopped' });
    expect(owners()).not.toContain(id);
    expect((await request(after)).id).toBe(next);
    expect(handed).toEqual([warm, next]);
  }, 60_000);

  it('are not taken away by the pool once they were handed over, although it was just looking at them', async () => {
    const harness = await open();
    const warm = await warmed(harness);
    const guests = harness.module.get(WarmGuests);
    const answer = guests.answer.bind(guests);
    let looking = false;
    let silent: (answers: boolean) => void = () => undefined;
    guests.answer = () => {
      guests.answer = answer;
      looking = true;
      return new Promise<boolean>((resolve) => (silent = resolve));
    };
    harness.module.get(WarmPool)['hurry']();
    await eventually(() => looking);
    const { id } = await request(harness);
    expect(id).toBe(warm);
    await harness.until(id, ({ state }) => state === 'ready');
    // Busy with a record it may well be slow to answer.
    silent(false);
    await warmed(harness);
    expect(owners()).toContain(id);
    expect(await harness.store.get(id)).toMatchObject({ state: 'ready' });
  }, 60_000);
});
