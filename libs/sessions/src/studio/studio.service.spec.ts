import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { FakeDriver, FakeMounts, FakeWorkshop } from '@vitrine/hypervisor/testing';
import { newId, Problem } from '@vitrine/kernel';
import { ViewerAdmission, ViewerCatalogue, ViewerRegistrar } from '@vitrine/viewers';
import { aViewer, openSessions, testInstallation, type SessionHarness } from '../../testing/index.js';
import { SessionCheck } from '../session-check.js';
import { Freezes } from './freezes.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const manifest = {
  id: 'plain',
  title: 'Plain',
  sentence: 'Shows.',
  licence: 'MIT',
  formats: ['pdf'],
  resources: { memoryMiB: 256 },
  command: ['mupdf', '{files}'],
};
const admin = { kind: 'account', id: newId(), name: 'Admin' } as const;
const builder = { agent: admin, seesAll: true };
const wish = (change: object = {}) => ({
  name: 'Lesegerät plus',
  version: '1.2',
  sentence: 'Shows more.',
  licence: 'MIT',
  formats: ['pdf', 'pdf'],
  maximumMinutes: 30,
  memoryMiB: 300,
  ...change,
});
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => Problem.from(error).code,
  );

describe('the studio', () => {
  const installation = testInstallation({ warm: 0, bridges: 0 });
  let driver: FakeDriver;
  let workshop: FakeWorkshop;
  let harness: SessionHarness;

  beforeEach(async () => {
    driver = new FakeDriver();
    const label = Buffer.from(JSON.stringify(manifest)).toString('base64');
    const image = { bytes: 1, createdAt: new Date(0) };
    driver.engine.images.set('vitrine/plain:1', {
      ...image,
      digest: DIGEST,
      labels: { 'org.vitrine.contract': '1', 'org.vitrine.manifest': label },
    });
    driver.engine.images.set('vitrine/guacd:1', { ...image, digest: `sha256:${'c'.repeat(64)}`, labels: {} });
    workshop = new FakeWorkshop(driver.engine);
    harness = await openSessions({
      driver,
      workshop,
      mounts: new FakeMounts(),
      settings: installation.settings,
    });
    await harness.database.manager.save(
      aViewer({ imageDigest: DIGEST, registration: 'word', maximumMinutes: null }),
    );
  });
  afterEach(async () => {
    await harness.module.get(ViewerAdmission).stop();
    await harness.sessions.endAll();
    await harness.close();
    driver.engine.close();
    await harness.database.destroy().catch(() => undefined);
    await installation.remove();
  });

  const opened = async () => {
    const { id } = await harness.studio.open('plain', builder);
    return harness.until(id, ({ state }) => state === 'ready');
  };
  const acts = async () =>
    (await harness.database.getRepository(AuditEvent).find({ order: { sequence: 'ASC' } })).map(
      ({ action, patientId }) => [action, patientId],
    );

  it('opens a copy that is an admin’s, has four hours, and is in nobody’s record of acts', async () => {
    const session = await opened();
    expect(session.plan).toMatchObject({ build: true, longestMs: 4 * 60 * 60_000 });
    const left = Date.parse(session.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(3.9 * 60 * 60_000);
    expect(left).toBeLessThanOrEqual(4 * 60 * 60_000);
    await harness.studio.discard(session.id, builder);
    expect(await acts()).toEqual([
      ['studio.opened', null],
      ['studio.discarded', null],
      ['session.ended', null],
    ]);
    expect(driver.engine.guests.size).toBe(0);
  });

  it('lets an admin have two copies, and no more', async () => {
    await opened();
    await opened();
    expect(await refusal(harness.studio.open('plain', builder))).toBe('sessions.limit-reached');
    expect(await harness.studio.list(builder)).toHaveLength(2);
  });

  it('builds on nothing that was never registered', async () => {
    await harness.database.manager.save(aViewer({ registration: null }));
    expect(await refusal(harness.studio.open('plain', builder))).toBe('viewers.no-base');
  });

  it('makes a viewer of its own, with the command of the original, that waits for its test and an approval', async () => {
    const session = await opened();
    const made = await harness.studio.submit(session.id, wish(), builder);
    expect(made).toMatchObject({
      id: 'lesegerat-plus-1-2',
      title: 'Lesegerät plus 1.2',
      state: 'testing',
      formats: ['pdf'],
      maximumMinutes: 30,
      origin: { version: '1.2', approvedAt: null, base: { imageDigest: DIGEST } },
    });
    expect((await harness.store.get(session.id)).state).toBe('ended');
    const registrar = harness.module.get(ViewerRegistrar);
    expect(await refusal(registrar.approve(made.id, admin))).toBe('viewers.not-approved');
    await harness.module.get(ViewerAdmission).stop();
    const report = { at: new Date().toISOString(), imageDigest: made.imageDigest, passed: true, checks: [] };
    expect((await registrar.report(made.id, report, null, 'word')).state).toBe('awaiting');
    await registrar.disable(made.id, admin);
    expect((await registrar.enable(made.id, admin)).state).toBe('awaiting');
    expect((await registrar.approve(made.id, admin)).state).toBe('offered');
    await registrar.retest(made.id, admin);
    expect((await registrar.report(made.id, report, null, 'word')).state).toBe('offered');
    expect((await harness.module.get(ViewerCatalogue).get('plain')).state).toBe('offered');
    expect((await acts()).map(([action]) => action)).toEqual(
      expect.arrayContaining(['studio.opened', 'studio.submitted', 'studio.approved']),
    );
  });

  it('keeps the copy when the name is taken, and makes one image of it at a time', async () => {
    const session = await opened();
    await harness.database.manager.save(aViewer({ id: 'lesegerat-plus-1-2' }));
    expect(await refusal(harness.studio.submit(session.id, wish(), builder))).toBe('viewers.id-taken');
    expect((await harness.store.get(session.id)).state).toBe('ready');
    const both = [wish({ name: 'One' }), wish({ name: 'Two' })].map((one) =>
      refusal(harness.studio.submit(session.id, one, builder)),
    );
    expect((await Promise.all(both)).sort()).toEqual(['kernel.busy', undefined].sort());
  });

  it('is not taken for crashed while it stands still for its image, and never for idle', async () => {
    const session = await opened();
    const check = harness.module.get(SessionCheck);
    expect(check.endsAt(session)).toBe(session.expiresAt);
    const guest = [...driver.engine.guests.values()].find(({ name }) => name.includes('-build-'))!;
    driver.engine.frozen.add(guest.name);
    await harness.module.get(Freezes).during(session.id, () => check.check(session));
    expect((await harness.store.get(session.id)).state).toBe('ready');
    driver.engine.frozen.delete(guest.name);
  });

  it('shows a vendor nothing but what is the vendor’s own, and tells what became of it', async () => {
    const foreign = await opened();
    const vendor = { agent: { kind: 'account', id: newId(), name: 'Vendor' }, seesAll: false } as const;
    const hidden = 'delegation.not-visible';
    expect(await harness.studio.list(vendor)).toEqual([]);
    expect(await refusal(harness.studio.get(foreign.id, vendor))).toBe(hidden);
    expect(await refusal(harness.studio.submit(foreign.id, wish(), vendor))).toBe(hidden);
    expect(await refusal(harness.studio.discard(foreign.id, vendor))).toBe(hidden);
    expect((await harness.store.get(foreign.id)).state).toBe('ready');

    const { id } = await harness.studio.open('plain', vendor);
    await harness.until(id, ({ state }) => state === 'ready');
    expect((await harness.studio.list(vendor)).map((build) => build.id)).toEqual([id]);
    expect((await harness.studio.list(builder)).map((build) => build.id)).toEqual([id, foreign.id]);
    const made = await harness.studio.submit(id, wish(), vendor);
    expect((await harness.studio.submitted(vendor)).map((viewer) => viewer.id)).toEqual([made.id]);
    expect(await harness.studio.submitted(builder)).toEqual([]);
  });

  it('ends a copy that fills the disk, and one whose walls do not stand any more, and says which', async () => {
    const check = harness.module.get(SessionCheck);
    const large = await opened();
    await check.check(large);
    expect((await harness.store.get(large.id)).state).toBe('ready');
    workshop.size = 8 * 1024 ** 3 + 1;
    await check.check(large);
    expect(await harness.store.get(large.id)).toMatchObject({ state: 'ended', endReason: 'too-large' });
    workshop.size = 0;
    const open = await opened();
    driver.engine.behaviour.breaches = ['it reaches its neighbours'];
    await check.check(open);
    expect(await harness.store.get(open.id)).toMatchObject({ endReason: 'guest-lost' });
  });

  it('shows no patient’s session as a copy, and no copy as a patient’s session', async () => {
    const session = await opened();
    expect(await refusal(harness.sessions.ofPatient(newId(), session.id))).toBe('delegation.not-visible');
    expect(await refusal(harness.studio.get(newId(), builder))).toBe('delegation.not-visible');
  });
});
