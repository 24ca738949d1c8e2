import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { FakeDriver, FakeEngine, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import {
  addImaging,
  aViewer,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../../testing/index.js';
import { HostCapacity, sessionMiB } from '../host-capacity.js';
import { SessionPlanner } from '../session-planner.js';
import { ReservationsService } from './reservations.service.js';

const MINUTE_MS = 60_000;
const image = (letter: string) => ({
  digest: `sha256:${letter.repeat(64)}`,
  bytes: 1,
  createdAt: new Date(0),
  labels: {},
});

describe('ReservationsService', () => {
  const jane = { kind: 'account' as const, id: newId(), name: 'Jane' };
  const [patientId, joe, joan, mary] = [newId(), newId(), newId(), newId()];
  let installation: ReturnType<typeof testInstallation>;
  let clock: FakeClock;
  let engine: FakeEngine;
  let mounts: FakeMounts;
  let harness: SessionHarness;
  let places: ReservationsService;
  const items = new Map<string, string>();

  /** A process over what is there, on a host that carries just so many viewers. */
  const open = async (viewers = 2) => {
    const { settings } = installation;
    harness = await openSessions({ driver: new FakeDriver(engine), mounts, clock, settings });
    places = harness.module.get(ReservationsService);
    await harness.database.manager.save(aViewer());
    for (const one of [patientId, joe, joan, mary])
      if (!items.has(one)) items.set(one, (await addImaging(harness.database, one)).item.id);
    const wish = { patientId, looker: 'patient' as const, itemIds: [items.get(patientId)!] };
    const { plan } = await harness.module.get(SessionPlanner).choose(wish);
    harness.module.get(HostCapacity).availableMiB = () => viewers * sessionMiB(plan);
  };
  const keep = (minutesAhead: number, minutes = 60) =>
    places.make({
      patientId,
      by: jane,
      itemIds: [items.get(patientId)!],
      beginsAt: clock.inMs(minutesAhead * MINUTE_MS),
      minutes,
    });
  const ask = (person: string) =>
    harness.sessions.request({ patientId: person, startedBy: jane, itemIds: [items.get(person)!] });
  const started = async (person: string) => {
    const { id } = await ask(person);
    return harness.until(id, ({ state }) => state === 'ready');
  };
  const acts = async () =>
    (await harness.database.getRepository(AuditEvent).find({ order: { sequence: 'ASC' } }))
      .map(({ action }) => action)
      .filter((action) => action.startsWith('reservation.'));

  beforeEach(() => {
    installation = testInstallation({ perPerson: 2, startsAtOnce: 4, idleMs: 1000 * MINUTE_MS });
    clock = new FakeClock();
    mounts = new FakeMounts();
    engine = new FakeEngine();
    engine.images.set('vitrine/guacd:1', image('c'));
    engine.images.set('vitrine/plain:1', image('a'));
    items.clear();
    return open();
  });
  afterEach(async () => {
    await harness.sessions.endAll();
    engine.close();
    await harness.close();
    await installation.remove();
  });

  it('keeps a place across a restart, lets its person in although others wait, and writes both down', async () => {
    const { id, beginsAt } = await keep(60);
    const [whole, short] = [await started(joe), await started(joan)];
    expect(whole.expiresAt).toBe(clock.inMs(120 * MINUTE_MS));
    // The memory is free shortly before.
    expect(short.expiresAt).toBe(clock.inMs(55 * MINUTE_MS));

    await harness.close();
    clock.advance(55 * MINUTE_MS);
    await open();
    await harness.reconciler.sweep();
    expect(await harness.store.get(short.id)).toMatchObject({ state: 'ended', endReason: 'time-up' });
    const waiting = await ask(mary);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await harness.store.get(waiting.id)).toMatchObject({ state: 'requested', reservationId: null });

    const own = await started(patientId);
    expect(own).toMatchObject({ reservationId: id, expiresAt: clock.inMs(120 * MINUTE_MS) });
    expect((await harness.store.get(waiting.id)).state).toBe('requested');
    expect(await places.ofPatient(patientId)).toMatchObject([{ id, beginsAt, title: 'CT of the head' }]);
    expect(await acts()).toEqual(['reservation.made', 'reservation.used']);
  });

  it('gives the place to others when nobody came', async () => {
    await keep(60);
    await started(joe);
    clock.advance(59 * MINUTE_MS);
    const waiting = await ask(mary);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await harness.store.get(waiting.id)).state).toBe('requested');
    clock.advance(16 * MINUTE_MS);
    await harness.until(waiting.id, ({ state }) => state === 'ready');
    expect(await places.ofPatient(patientId)).toEqual([]);
  });

  it('keeps no second place where there is room for one, and tells the next free time', async () => {
    await keep(60);
    await expect(keep(90)).rejects.toMatchObject({
      code: 'sessions.reservation-full',
      extensions: { nextFree: clock.inMs(135 * MINUTE_MS) },
    });
    // Two at the same moment do not both find the same room.
    const both = await Promise.allSettled([keep(300), keep(300)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(keep(600)).rejects.toMatchObject({ code: 'sessions.reservation-limit' });
  });

  it('keeps nothing that would need more than half of the host', async () => {
    harness.module.get(HostCapacity).availableMiB = () => 700;
    await expect(keep(60)).rejects.toMatchObject({ code: 'sessions.reservation-too-large' });
    expect(await acts()).toEqual([]);
  });

  it('gives a place up for its patient and nobody else, once', async () => {
    const { id } = await keep(60);
    await expect(places.cancel(joe, id, jane)).rejects.toMatchObject({ code: 'delegation.not-visible' });
    await places.cancel(patientId, id, jane);
    await places.cancel(patientId, id, jane);
    expect(await places.ofPatient(patientId)).toEqual([]);
    expect(await acts()).toEqual(['reservation.made', 'reservation.cancelled']);
    await keep(60);
  });
});
