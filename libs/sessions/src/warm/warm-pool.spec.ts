import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeDriver, FakeEngine, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId, type SessionSettings } from '@vitrine/kernel';
import { Viewer } from '@vitrine/viewers';
import {
  addImaging,
  aViewer,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../../testing/index.js';
import { HostCapacity } from '../host-capacity.js';
import { WarmGuests } from './warm-guests.js';
import { WarmPool } from './warm-pool.js';
import { WarmWishes } from './warm-wishes.js';

const image = (letter: string) => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {},
});

describe('WarmPool', () => {
  const patientId = newId();
  let installation: ReturnType<typeof testInstallation>;
  let engine: FakeEngine;
  let mounts: FakeMounts;
  let itemId: string;
  /** Ids of the pairs and bridges that may be taken, or could be once. */
  let made: string[];
  const opened: SessionHarness[] = [];

  const open = async (sessions: Partial<SessionSettings> = {}) => {
    const settings = {
      ...installation.settings,
      sessions: { ...installation.settings.sessions, warm: 1, bridges: 0, ...sessions },
    };
    const harness = await openSessions({ driver: new FakeDriver(engine), mounts, settings });
    opened.push(harness);
    pool(harness).quietMs = 100;
    const guests = harness.module.get(WarmGuests);
    const make = guests.make.bind(guests);
    guests.make = async (...wish) => {
      const id = await make(...wish);
      // When the pool has it.
      setImmediate(() => made.push(id));
      return id;
    };
    await harness.database.manager.save(aViewer());
    itemId = (await addImaging(harness.database, patientId)).item.id;
    return harness;
  };
  const pool = (harness: SessionHarness) => harness.module.get(WarmPool);
  const request = ({ sessions }: SessionHarness) =>
    sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [itemId],
    });
  const eventually = async (what: () => boolean) => {
    for (const giveUp = Date.now() + 12_000; !what();) {
      if (Date.now() > giveUp) throw new Error(`not so: ${String(what)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const running = () => [...engine.guests.values()].filter(({ status }) => status === 'running');
  const owners = () => [...new Set(running().map(({ spec }) => spec.ownerId))];
  /** The one pair that is warm: guests run, and it may be taken. */
  const warmed = async (harness: SessionHarness): Promise<string> => {
    pool(harness).start(Promise.resolve());
    await eventually(() => made.length === 1);
    expect(running()).toHaveLength(2);
    return owners()[0] ?? '';
  };
  const folders = () => readdirSync(join(installation.settings.runDir, 'sessions'));

  beforeEach(() => {
    installation = testInstallation();
    made = [];
    engine = new FakeEngine();
    mounts = new FakeMounts();
    engine.images.set('vitrine/guacd:1', image('c'));
    engine.images.set('vitrine/plain:1', image('a'));
  });
  afterEach(async () => {
    for (const harness of opened.splice(0)) {
      await harness.sessions.endAll();
      await harness.close();
    }
    engine.close();
    await installation.remove();
  });

  it('keeps the viewer that people are likely to open, with an empty record', async () => {
    const id = await warmed(await open());
    const folder = join(installation.settings.runDir, 'sessions', id);
    expect(readdirSync(join(folder, 'record'))).toEqual([]);
    expect(existsSync(join(folder, 'files'))).toBe(false);
    expect(running().map(({ spec }) => spec.role)).toEqual(['viewer', 'guacd']);
  });

  it('keeps none where nobody has anything to open, and none when it is told so', async () => {
    const bare = await open();
    await bare.database.query('DELETE FROM record_file');
    pool(bare).start(Promise.resolve());
    const told = await open({ warm: 0 });
    pool(told).start(Promise.resolve());
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(engine.guests.size).toBe(0);
  });

  it('keeps none within strong walls, where the place of the record has to be there before the viewer', async () => {
    const harness = await open();
    await harness.database.manager.save(aViewer({ isolation: 'strong' }));
    expect(await harness.module.get(WarmWishes).viewers()).toEqual([]);

    const tmpfs = mounts.tmpfs.bind(mounts);
    mounts.tmpfs = async (path) => {
      if (path.endsWith('/files')) await new Promise((resolve) => setTimeout(resolve, 200));
      await tmpfs(path);
    };
    const shown: boolean[] = [];
    engine.events.on('event', ({ name, kind }) => {
      const spec = engine.guests.get(name)?.spec;
      if (kind === 'started' && spec?.role === 'viewer')
        shown.push(existsSync(join(installation.settings.runDir, 'sessions', spec.ownerId, 'files')));
    });
    const { id } = await request(harness);
    await harness.until(id, ({ state }) => state === 'ready');
    expect(shown).toEqual([true]);
  });

  it('gives a session of any viewer a bridge that waits, where no pair of that viewer does', async () => {
    const harness = await open({ warm: 0, bridges: 1 });
    pool(harness).start(Promise.resolve());
    await eventually(() => made.length === 1);
    const [bridge] = running();
    expect(bridge?.spec.role).toBe('guacd');
    const session = await request(harness);
    expect(session.id).toBe(bridge?.spec.ownerId);
    await harness.until(session.id, ({ state }) => state === 'ready');
    expect(running()).toEqual(expect.arrayContaining([bridge]));
    expect(running().filter(({ spec }) => spec.ownerId === session.id)).toHaveLength(2);
    await eventually(() => owners().length === 2);
    expect(await harness.sessions.end(session.id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    expect(folders()).toEqual(owners().filter((id) => id !== session.id));
  });

  it('gives a pair to one session, which goes on under its id and ends like every other', async () => {
    const harness = await open();
    const id = await warmed(harness);
    const before = running();
    const [first, second] = await Promise.all([request(harness), request(harness)]);
    expect([first.id, second.id].filter((one) => one === id)).toHaveLength(1);
    await harness.until(id, ({ state }) => state === 'ready');
    expect(running()).toEqual(expect.arrayContaining(before));
    await eventually(() => existsSync(join(installation.settings.runDir, 'sessions', id, 'files/open.json')));
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
    expect(owners()).not.toContain(id);
    expect(folders()).not.toContain(id);
  });

  it('makes another pair when one was taken', async () => {
    const harness = await open();
    const id = await warmed(harness);
    await request(harness);
    await harness.until(id, ({ state }) => state === 'ready');
    await eventually(() => owners().length === 2);
  });

  it('does not give a pair that died, or that was made from another image', async () => {
    const harness = await open();
    const dead = await warmed(harness);
    engine.end(running()[0]!, 1);
    const session = await request(harness);
    expect(session.id).not.toBe(dead);
    await harness.until(session.id, ({ state }) => state === 'ready');
    await eventually(() => !folders().includes(dead));

    await eventually(() => owners().length === 2);
    engine.images.set('vitrine/plain:2', image('b'));
    await harness.database
      .getRepository(Viewer)
      .update('plain', { imageDigest: image('b').digest, imageReference: 'vitrine/plain:2' });
    const old = owners().find((id) => id !== session.id);
    expect((await request(harness)).id).not.toBe(old);
  });

  it('takes a pair away that was taken for a session that may not start', async () => {
    const harness = await open({ perPerson: 1 });
    await request(harness);
    pool(harness).start(Promise.resolve());
    await eventually(() => made.length === 1);
    expect(owners()).toHaveLength(2);
    // None is made in its place before this test is over.
    pool(harness).quietMs = 60_000;
    await expect(request(harness)).rejects.toMatchObject({ code: 'sessions.limit-reached' });
    await eventually(() => owners().length === 1);
  });

  it('is no orphan to the sweep while its process lives, and is one afterwards', async () => {
    const harness = await open();
    const id = await warmed(harness);
    await harness.reconciler.sweep();
    expect(owners()).toEqual([id]);
    // Another process, which knows of no pair: as after a SIGKILL.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const next = await open();
    await next.reconciler.sweep();
    expect(owners()).toEqual([]);
    expect(folders()).toEqual([]);
  });

  it('leaves nothing when the process ends', async () => {
    const harness = await open();
    await warmed(harness);
    await harness.module.close();
    expect(engine.guests.size).toBe(0);
    expect(folders()).toEqual([]);
    opened.length = 0;
  });

  it('gives way where the memory is short', async () => {
    const harness = await open();
    await warmed(harness);
    const capacity = harness.module.get(HostCapacity);
    capacity.availableMiB = () => 0;
    await expect(request(harness)).rejects.toMatchObject({ code: 'sessions.host-full' });
    await eventually(() => engine.guests.size === 0);
  });
});
