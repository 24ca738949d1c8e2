import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { FakeDriver, FakeMounts, StuckDriver } from '@vitrine/hypervisor/testing';
import { SessionHost } from '@vitrine/session-host';
import { Clock, newId, Problem } from '@vitrine/kernel';
import { RecordFile, RecordItem } from '@vitrine/records';
import { FakeClock } from '@vitrine/kernel/testing';
import {
  addImaging,
  aViewer,
  FakeCopier,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../testing/index.js';
import { HostCapacity, sessionMiB } from './host-capacity.js';
import { Session } from './session.entity.js';
import type { SessionRequest } from './session.service.js';

const GUACD = { digest: `sha256:${'c'.repeat(64)}`, bytes: 1, createdAt: new Date(), labels: {} };
const VIEWER = { ...GUACD, digest: `sha256:${'a'.repeat(64)}` };

describe('SessionService', () => {
  const patientId = newId();
  let installation: ReturnType<typeof testInstallation>;
  let driver: FakeDriver;
  let mounts: FakeMounts;
  let copier: FakeCopier;
  let harness: SessionHarness;
  let itemId: string;

  const open = async (make: () => FakeDriver = () => new FakeDriver()) => {
    driver = make();
    driver.engine.images.set('vitrine/guacd:1', GUACD);
    driver.engine.images.set('vitrine/plain:1', VIEWER);
    mounts = new FakeMounts();
    copier = new FakeCopier();
    harness = await openSessions({
      driver,
      mounts,
      copier,
      settings: installation.settings,
      clock: new FakeClock(),
    });
    await harness.database.manager.save(aViewer());
    itemId = (await addImaging(harness.database, patientId)).item.id;
  };
  const request = (change: Partial<SessionRequest> = {}) =>
    harness.sessions.request({
      patientId,
      startedBy: { kind: 'account', id: newId(), name: 'Jane' },
      itemIds: [itemId],
      ...change,
    });
  const folderOf = (id: string) => join(installation.settings.runDir, 'sessions', id);
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => Problem.from(error).code,
    );

  beforeEach(() => {
    installation = testInstallation({ perPerson: 2, startsAtOnce: 1 });
    return open();
  });
  afterEach(async () => {
    await harness.sessions.endAll();
    driver.engine.close();
    await harness.close();
    await installation.remove();
  });

  it('starts a viewer over neutral names and says so only when its display answers', async () => {
    const asked = await request();
    expect(asked.state).toBe('requested');
    const session = await harness.until(
      asked.id,
      (one) => one.state === 'ready' && one.viewerStatus === 'showing',
    );
    expect(session.readyAt).not.toBeNull();
    const openFile = join(folderOf(session.id), 'files/open.json');
    // A display may answer before its files are there.
    for (const giveUp = Date.now() + 5_000; !existsSync(openFile) && Date.now() < giveUp;)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(driver.engine.guests.size).toBe(2);
    expect(copier.laidOut).toEqual(['item-1/000001.dcm', 'item-1/000002.dcm']);
    const opened = JSON.parse(readFileSync(openFile, 'utf8')) as unknown;
    expect(opened).toMatchObject({
      version: 1,
      items: [{ id: itemId, kind: 'imaging', files: [{ path: 'item-1/000001.dcm', format: 'dicom' }, {}] }],
    });
  });

  it('looks at the walls of both guests before anybody sees a picture, and tells what it saw', async () => {
    const { id } = await request();
    const { walls } = await harness.until(id, (one) => one.state === 'ready');
    expect(walls).toMatchObject({ viewer: { interfaces: ['lo'], breaches: [] }, guacd: { breaches: [] } });
    const [line] = await harness.database.getRepository(AuditEvent).findBy({ action: 'session.checked' });
    expect(line).toMatchObject({ patientId, agent: { kind: 'system' } });
    const seen = {
      interfaces: 'lo',
      socketFamilies: 'AF_UNIX',
      capabilities: 'none',
      seccomp: 'filter',
      mounts: '/record ro',
    };
    const bridge = Object.entries(seen).map(([name, value]) => [
      `bridge${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      value,
    ]);
    expect(line?.details).toMatchObject({
      isolation: 'standard',
      ...seen,
      ...(Object.fromEntries(bridge) as object),
    });
    expect(line?.entities).toEqual([{ kind: 'session', id, label: 'CT of the head' }]);
  });

  it('goes on with a session of which an earlier version kept less of its walls', async () => {
    const { id } = await request();
    await harness.until(id, (one) => one.state === 'ready');
    const earlier = { interfaces: ['lo'], writable: ['/tmp'], filters: 1, breaches: [] };
    const walls = { viewer: earlier, guacd: earlier };
    await harness.database.getRepository(Session).update(id, { walls });
    await harness.reconciler.sweep();
    expect(await harness.until(id, (one) => !one.unverified)).toMatchObject({ state: 'ready', walls });
    expect(await harness.sessions.end(id, { reason: 'stopped' })).toMatchObject({ state: 'ended' });
  });

  it('shows nothing in a viewer whose walls do not stand, and takes it away', async () => {
    driver.engine.behaviour.breaches = ['it has a network: eth0'];
    const { id } = await request();
    const session = await harness.until(id, (one) => one.state === 'failed');
    expect(session).toMatchObject({ readyAt: null, walls: null, failure: 'hypervisor.unsafe-guest' });
    expect(driver.engine.guests.size).toBe(0);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  it('leaves no guest, mount or folder after a stop, and cuts the streams first', async () => {
    const { id } = await request();
    await harness.until(id, (one) => one.state === 'ready');
    const ended = await harness.sessions.end(id, { reason: 'stopped' });
    expect(ended).toMatchObject({ state: 'ended', endReason: 'stopped' });
    expect(harness.cuts).toEqual([{ sessionIds: [id], reason: 'sessions.ended' }]);
    expect(driver.engine.guests.size).toBe(0);
    expect((await mounts.list()).filter(({ path }) => path.startsWith(folderOf(id)))).toEqual([]);
    expect(existsSync(folderOf(id))).toBe(false);
    await harness.sessions.endAll();
    expect(await mounts.list()).toEqual([]);
  });

  it('stops a start that is still under way', async () => {
    await harness.close();
    await open(() => new StuckDriver());
    const { id } = await request();
    await harness.until(id, (one) => one.state === 'starting');
    const ended = await harness.sessions.end(id, { reason: 'stopped' });
    expect(ended.state).toBe('ended');
    expect(driver.engine.guests.size).toBe(0);
    expect(readdirSync(join(installation.settings.runDir, 'sessions'))).toEqual([]);
  });

  it('ends once, with the first reason, however often it is asked', async () => {
    const { id } = await request();
    await harness.until(id, (one) => one.state === 'ready');
    await Promise.all([
      harness.sessions.end(id, { reason: 'idle' }),
      harness.sessions.end(id, { reason: 'stopped' }),
      harness.sessions.end(id, { reason: 'revoked' }),
    ]);
    const again = await harness.sessions.end(id, { reason: 'stopped' });
    expect(again).toMatchObject({ state: 'ended', endReason: 'idle' });
    const lines = await harness.database.getRepository(AuditEvent).findBy({ action: 'session.ended' });
    expect(lines).toHaveLength(1);
  });

  it('writes down what is mounted before anything is', async () => {
    const { id } = await request();
    const [line] = await harness.database.getRepository(AuditEvent).findBy({ action: 'session.started' });
    expect(line).toMatchObject({ patientId, details: { files: 2, bytes: 2000, access: 'read-only' } });
    expect(line?.entities).toEqual(
      expect.arrayContaining([
        { kind: 'session', id },
        { kind: 'item', id: itemId, label: 'CT of the head' },
      ]),
    );
  });

  it('refuses more viewers than one person may have', async () => {
    await request();
    await request();
    expect(await refusal(request())).toBe('sessions.limit-reached');
    await expect(request({ patientId: newId() })).rejects.toThrow();
  });

  it('refuses what the machine cannot carry, and then leaves no row', async () => {
    harness.module.get(HostCapacity).availableMiB = () => 300;
    expect(await refusal(request())).toBe('sessions.host-full');
    expect(await harness.store.live()).toEqual([]);
  });

  it('lets what is too large for memory lie on the disk, where it counts as little memory', async () => {
    const files = harness.database.getRepository(RecordFile);
    await files.update({ itemId }, { bytes: 600 * 1024 ** 2 });
    harness.module.get(HostCapacity).availableMiB = () => 1000;
    const { id, plan } = await request();
    expect(plan).toMatchObject({ bytes: 1200 * 1024 ** 2, scratch: true });
    await harness.until(id, ({ state }) => state === 'ready');
    const place = async () =>
      (await mounts.list()).find(({ path }) => path === join(folderOf(id), 'files'))?.type;
    const isLaidOut = () =>
      harness.module.get(SessionHost).isLaidOut(id, { signal: AbortSignal.timeout(5_000) });
    while (!(await isLaidOut())) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await place()).toBe('fuse.gocryptfs');
    await harness.sessions.end(id, { reason: 'stopped' });
    expect(await place()).toBeUndefined();
  });

  it('finds what lies on the disk after a reboot, and takes it away', async () => {
    const orphan = join(installation.settings.scratchDir, newId());
    mkdirSync(orphan, { recursive: true });
    await harness.reconciler.sweep();
    expect(existsSync(orphan)).toBe(false);
  });

  it('does not know another person’s things', async () => {
    expect(await refusal(request({ patientId: newId() }))).toBe('delegation.not-visible');
    expect(await refusal(request({ itemIds: [] }))).toBe('delegation.not-visible');
    const { id } = await request();
    expect(await refusal(harness.sessions.ofPatient(newId(), id))).toBe('delegation.not-visible');
  });

  describe('with a deposit that waits for the patient’s yes', () => {
    let depositId: string;
    const visitor = { kind: 'visitor' as const, id: newId(), name: 'Dr Weber' };
    const seen = async (id: string) =>
      harness.views.of(await harness.store.get(id), { participantId: 'x', control: 'control', mine: true });

    beforeEach(async () => {
      depositId = (await addImaging(harness.database, patientId, 2, 'pending')).item.id;
    });

    it('shows it to the patient, says so in the record of acts, and lets nobody be invited to it', async () => {
      const { id } = await request({ itemIds: [depositId] });
      await harness.until(id, (one) => one.state === 'ready' && one.viewerStatus === 'showing');
      // A viewer may show the first file before the last one is there.
      for (const giveUp = Date.now() + 5_000; copier.laidOut.length < 2 && Date.now() < giveUp;)
        await new Promise((resolve) => setTimeout(resolve, 5));
      expect(copier.laidOut).toHaveLength(2);
      expect((await seen(id)).shareable).toBe(false);
      const [line] = await harness.database.getRepository(AuditEvent).findBy({ action: 'session.started' });
      expect(line).toMatchObject({ patientId, details: { deposit: true } });
      await harness.database.manager.update(RecordItem, { id: depositId }, { state: 'kept' });
      expect((await seen(id)).shareable).toBe(true);
    });

    it('shows it alone: never among other things', async () => {
      expect(await refusal(request({ itemIds: [itemId, depositId] }))).toBe('delegation.not-visible');
      expect(await refusal(harness.sessions.openable(patientId, [depositId, itemId]))).toBe(
        'delegation.not-visible',
      );
      expect(await harness.sessions.openable(patientId, [depositId])).toHaveLength(1);
    });

    it('shows it to nobody else', async () => {
      expect(await refusal(request({ itemIds: [depositId], startedBy: visitor }))).toBe(
        'delegation.not-visible',
      );
      expect(await refusal(request({ itemIds: [depositId], patientId: newId() }))).toBe(
        'delegation.not-visible',
      );
    });

    it('says nothing of deposits where a thing of the record is opened', async () => {
      const { id } = await request();
      const [line] = await harness.database.getRepository(AuditEvent).findBy({ action: 'session.started' });
      expect(line?.details).not.toHaveProperty('deposit');
      expect((await seen(id)).shareable).toBe(true);
    });

    it('closes the viewer of what is thrown away, and no other', async () => {
      const [deposit, other] = [await request({ itemIds: [depositId] }), await request()];
      await harness.until(deposit.id, (one) => one.state === 'ready');
      await harness.until(other.id, (one) => one.state === 'ready');
      const jane = { kind: 'account' as const, id: newId(), name: 'Jane' };
      await harness.sessions.endShowing(patientId, depositId, jane);
      expect((await harness.store.get(deposit.id)).state).toBe('ended');
      expect((await harness.store.get(other.id)).state).toBe('ready');
    });
  });

  it('fails with the reason when the engine does not hold the image, and leaves nothing', async () => {
    driver.engine.images.delete('vitrine/plain:1');
    const { id } = await request();
    const failed = await harness.until(id, (one) => one.state === 'failed');
    expect(failed).toMatchObject({ endReason: 'start-failed', failure: 'hypervisor.image-missing' });
    expect(driver.engine.guests.size).toBe(0);
    expect(existsSync(folderOf(id))).toBe(false);
  });

  it('fails with the reason when a stored file is damaged', async () => {
    copier.before = () => Promise.reject(new Problem('vault.damaged'));
    const { id } = await request();
    const failed = await harness.until(id, (one) => one.state === 'failed');
    expect(failed.failure).toBe('vault.damaged');
    const view = await harness.views.of(failed, { participantId: 'x', control: 'control', mine: true });
    expect(view.message).toBe(new Problem('vault.damaged').message);
  });

  it('lets the next one start when a place is free, and says truthfully how many are before it', async () => {
    await harness.close();
    await open(() => new StuckDriver());
    const first = await request();
    await harness.until(first.id, (one) => one.state === 'starting');
    const second = await request();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const view = await harness.views.of(await harness.store.get(second.id), {
      participantId: 'x',
      control: 'control',
      mine: true,
    });
    expect(view).toMatchObject({ step: 'waiting', message: 'Your viewer is next to be started.' });
    await harness.sessions.end(first.id, { reason: 'stopped' });
    await harness.until(second.id, (one) => one.state === 'starting');
  });

  it('lets a person wait for room where all of it is taken, and says by when there will be some', async () => {
    const first = await request();
    await harness.until(first.id, (one) => one.state === 'ready');
    harness.module.get(HostCapacity).availableMiB = () => sessionMiB(first.plan) * 1.5;
    const second = await request();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const view = await harness.views.of(await harness.store.get(second.id), {
      participantId: 'x',
      control: 'control',
      mine: true,
    });
    expect(view).toMatchObject({
      state: 'requested',
      standing: { ahead: 0, freeBy: (await harness.store.get(first.id)).expiresAt },
      message: 'All places are taken. Your viewer is next to be started.',
    });
    expect(driver.engine.guests.size).toBe(2);
    await harness.sessions.end(first.id, { reason: 'stopped' });
    await harness.until(second.id, (one) => one.state === 'ready');
  });

  it('counts a session’s time from when it begins to start, not from when somebody asked for it', async () => {
    const { maximumMs } = installation.settings.sessions;
    const clock = harness.module.get<FakeClock>(Clock);
    const first = await request();
    await harness.until(first.id, (one) => one.state === 'ready');
    harness.module.get(HostCapacity).availableMiB = () => sessionMiB(first.plan) * 1.5;
    const second = await request();
    const notAfter = clock.inMs(maximumMs);
    const other = newId();
    const { item } = await addImaging(harness.database, other);
    const ofVisitor = await request({ patientId: other, itemIds: [item.id], notAfter });
    clock.advance(25 * 60_000);
    await harness.sessions.end(first.id, { reason: 'stopped' });
    const started = await harness.until(second.id, (one) => one.state === 'ready');
    expect(started.expiresAt).toBe(clock.inMs(maximumMs));
    clock.advance(60_000);
    await harness.sessions.end(second.id, { reason: 'stopped' });
    // A link still ends when it was said to end.
    expect((await harness.until(ofVisitor.id, (one) => one.state === 'ready')).expiresAt).toBe(notAfter);
  });

  it('keeps a session `stopping` while the engine is down, and ends it when it is back', async () => {
    const { id } = await request();
    await harness.until(id, (one) => one.state === 'ready');
    driver.engine.reachable = false;
    expect((await harness.sessions.end(id, { reason: 'stopped' })).state).toBe('stopping');
    driver.engine.reachable = true;
    await harness.reconciler.sweep();
    expect(await harness.store.get(id)).toMatchObject({ state: 'ended', endReason: 'stopped' });
  });

  it('lets only one of two writers change a session', async () => {
    const { id } = await request();
    const seen = await harness.until(id, (one) => one.state === 'ready');
    const results = await Promise.all([
      harness.store.advance(seen, 'stopping', { endReason: 'stopped' }),
      harness.store.advance(seen, 'stopping', { endReason: 'idle' }),
    ]);
    expect(results.filter((one) => one !== undefined)).toHaveLength(1);
  });
});
