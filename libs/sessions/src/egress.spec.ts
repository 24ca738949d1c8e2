import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEvent } from '@vitrine/audit';
import { FakeDriver, FakeMounts } from '@vitrine/hypervisor/testing';
import { newId } from '@vitrine/kernel';
import { hostKeysFrom, PermitSigner } from '@vitrine/session-host';
import { Viewer } from '@vitrine/viewers';
import {
  addImaging,
  aViewer,
  openSessions,
  testInstallation,
  type SessionHarness,
} from '../testing/index.js';
import { EgressRecord } from './egress-record.js';
import { EgressRevocation } from './egress-revocation.js';
import type { SessionRequest } from './session.service.js';
import { Session } from './session.entity.js';

const GUACD = { digest: `sha256:${'c'.repeat(64)}`, bytes: 1, createdAt: new Date(), labels: {} };
const VIEWER = { ...GUACD, digest: `sha256:${'a'.repeat(64)}` };
const LIST = ['tools.example.org', 'more.example.org:8443'];

describe('with whom a session may speak', () => {
  const patientId = newId();
  const jane = { kind: 'account', id: newId(), name: 'Jane' } as const;
  let installation: ReturnType<typeof testInstallation>;
  let mounts: FakeMounts;
  let driver: FakeDriver;
  let harness: SessionHarness;
  let itemId: string;

  beforeEach(async () => {
    installation = testInstallation({ perPerson: 9 });
    driver = new FakeDriver();
    driver.engine.images.set('vitrine/guacd:1', GUACD);
    driver.engine.images.set('vitrine/plain:1', VIEWER);
    mounts = new FakeMounts();
    harness = await openSessions({ driver, mounts, settings: installation.settings });
    await harness.database.manager.save(aViewer({ egress: LIST }));
    itemId = (await addImaging(harness.database, patientId)).item.id;
  });
  afterEach(async () => {
    await harness.sessions.endAll();
    driver.engine.close();
    await harness.close();
    await installation.remove();
  });

  const start = async (change: Partial<SessionRequest> = {}): Promise<Session> => {
    const { id } = await harness.sessions.request({
      patientId,
      startedBy: jane,
      itemIds: [itemId],
      ...change,
    });
    return harness.until(id, ({ state }) => state === 'ready');
  };
  const permitted = (session: Session) =>
    new PermitSigner(hostKeysFrom(Buffer.alloc(32, 7)).control).open(session.permit, session.id, new Date())
      .egress;
  const place = (session: Session) => join(installation.settings.runDir, 'sessions', session.id, 'egress');
  const seen = async (session: Session) =>
    (
      await harness.views.of(await harness.store.get(session.id), {
        participantId: jane.id,
        control: 'control',
        mine: true,
      })
    ).egress;
  const acts = async (session: Session) =>
    (await harness.database.getRepository(AuditEvent).findBy({ patientId }))
      .filter(({ entities }) => entities.some(({ id }) => id === session.id))
      .map(({ action, details }) => [action, details] as const);

  it('is those whom the patient said yes to: in the permit, the view, the record of acts, and a place for the socket', async () => {
    const session = await start({ egress: LIST });
    expect(permitted(session)).toEqual(LIST);
    expect(existsSync(place(session))).toBe(true);
    expect(await seen(session)).toEqual({ to: LIST, open: true });
    expect(await acts(session)).toContainEqual([
      'session.started',
      expect.objectContaining({ egress: 'tools.example.org, more.example.org:8443' }),
    ]);
    expect((await harness.module.get(EgressRecord).open()).map(({ id }) => id)).toEqual([session.id]);
  });

  it.each([
    ['where the patient did not say yes', {}],
    ['where the patient said yes to nobody', { egress: [] }],
    [
      'where the patient said yes to others than the list has',
      { egress: ['old.example.org', 'tools.example'] },
    ],
    [
      'where a visitor starts it, whatever they say',
      { egress: LIST, startedBy: { kind: 'visitor', id: newId(), name: 'Weber' } as const },
    ],
  ])('is nobody %s', async (_, change) => {
    const session = await start(change);
    expect(permitted(session)).toEqual([]);
    expect(existsSync(place(session))).toBe(false);
    expect(await seen(session)).toBeUndefined();
    expect(await harness.module.get(EgressRecord).open()).toEqual([]);
  });

  it('is nobody within other walls than the standard ones', async () => {
    await harness.database.manager.update(Viewer, { id: 'plain' }, { isolation: 'strong' });
    const session = await harness.sessions.request({
      patientId,
      startedBy: jane,
      itemIds: [itemId],
      egress: LIST,
    });
    expect(permitted(session)).toEqual([]);
  });

  it('is not more than both the patient and the list say', async () => {
    const session = await start({ egress: ['more.example.org:8443', 'evil.example.org'] });
    expect(permitted(session)).toEqual(['more.example.org:8443']);
  });

  it('is not told to a visitor', async () => {
    const session = await start({ egress: LIST });
    const eyes = { participantId: newId(), control: 'view', mine: false } as const;
    expect((await harness.views.of(session, eyes)).egress).toBeUndefined();
  });

  it('is nobody any more, for good, once the admin takes one of them off the list', async () => {
    const [both, one, none] = [
      await start({ egress: LIST }),
      await start({ egress: LIST.slice(0, 1) }),
      await start(),
    ];
    await harness.module.get(EgressRevocation).keepOnly('plain', ['tools.example.org']);
    expect(harness.cuts).toEqual([{ egressOf: [both.id] }]);
    expect(await seen(both)).toEqual({ to: LIST, open: false });
    expect(await seen(one)).toMatchObject({ open: true });
    expect((await harness.module.get(EgressRecord).open()).map(({ id }) => id)).toEqual([one.id]);
    expect(await acts(both)).toContainEqual(['session.egress-closed', { reason: 'no-longer-allowed' }]);
    await harness.module.get(EgressRevocation).keepOnly('plain', LIST);
    expect(await seen(both)).toMatchObject({ open: false });
    expect((await acts(none)).map(([action]) => action)).not.toContain('session.egress-closed');
  });

  it('is nobody for a session that was asked for just before the list was emptied', async () => {
    const choose = harness.store.add.bind(harness.store);
    harness.store.add = async (session, alongside) => {
      await harness.database.manager.update(Viewer, { id: 'plain' }, { egress: [] });
      await choose(session, alongside);
    };
    const session = await start({ egress: LIST });
    expect(await seen(session)).toMatchObject({ open: false });
    expect(await harness.module.get(EgressRecord).open()).toEqual([]);
  });

  it('is told in one line for each computer at the end, however often it was tried', async () => {
    const session = await start({ egress: LIST });
    const record = harness.module.get(EgressRecord);
    await record.began(session, 'tools.example.org');
    const none = { allowed: 0, refused: 0, bytesOut: 0, bytesIn: 0 };
    await record.ended(session, [
      { ...none, target: 'tools.example.org', allowed: 700, bytesOut: 5, bytesIn: 9 },
      { ...none, target: 'evil.example.org', refused: 9000 },
    ]);
    await record.ended(session, []);
    const lines = await harness.database.getRepository(AuditEvent).findBy({ patientId });
    expect(
      lines
        .filter(({ action }) => action.startsWith('session.egress'))
        .map(({ action, outcome, details }) => [action, outcome, details['target'], details['bytesOut']]),
    ).toEqual([
      ['session.egress-began', 'success', 'tools.example.org', undefined],
      ['session.egress-ended', 'success', 'tools.example.org', 5],
      ['session.egress-ended', 'refused', 'evil.example.org', 0],
    ]);
  });
});
