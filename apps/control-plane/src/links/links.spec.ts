import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Grant } from '@vitrine/delegation';
import { Patient } from '@vitrine/identity';
import { newId } from '@vitrine/kernel';
import { Participation } from '@vitrine/sessions';
import { addImaging, aViewer } from '@vitrine/sessions/testing';
import { aBrowser, signedIn } from '../../testing/people.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';
import type { AuditPageDto } from '../audit/audit.dto.js';
import type { LinkDto, MadeLinkDto } from './links.dto.js';

jest.setTimeout(60_000);

describe('share links over HTTP', () => {
  let whole: WholeApp;
  let jane: Browser;
  let patientId: string;
  let itemId: string;

  beforeAll(async () => {
    whole = await wholeApp();
    const database = whole.app.get(DataSource);
    jane = await signedIn(whole.app, whole.publicUrl, 'patient', { name: 'Jane Doe' });
    patientId = (await database.getRepository(Patient).findOneByOrFail({ name: 'Jane Doe' })).id;
    await database.manager.save([aViewer(), aViewer({ id: 'better', title: 'Better viewer', rank: 20 })]);
    itemId = (await addImaging(database, patientId)).item.id;
  });
  afterAll(() => whole.close());

  const wanted = (change: object = {}) => ({
    itemIds: [itemId],
    label: 'Dr Weber',
    control: 'view',
    ...change,
  });
  const make = async (change: object = {}) =>
    (await jane.post('/api/links').send(wanted(change)).expect(201)).body as MadeLinkDto;
  const listed = async (id: string) =>
    ((await jane.get('/api/links').expect(200)).body as LinkDto[]).find((link) => link.id === id)!;
  const visit = (browser: Browser, url: string, more: object = {}) =>
    browser.post('/api/visit/redeem').send({ secret: url.split('#')[1], name: 'Dr Weber', ...more });

  it('is made with the defaults of a careful person and shown once', async () => {
    const { link, url, mail } = await make();
    expect(url).toMatch(/^http:\/\/vitrine\.test\/visit#[\w-]{43}$/);
    expect(mail).toBe('not-asked');
    expect(link).toMatchObject({
      label: 'Dr Weber',
      items: [{ id: itemId, title: 'CT of the head' }],
      viewer: { id: 'better', title: 'Better viewer' },
      control: 'view',
      watermark: true,
      hasPasscode: false,
      maximumUses: 1,
      uses: 0,
      revokedAt: null,
      state: 'active',
      watching: 0,
      visits: [],
    });
    expect(Date.parse(link.expiresAt) - Date.parse(link.createdAt)).toBe(24 * 60 * 60_000);
    expect(await listed(link.id)).toEqual(link);
    expect((await jane.get('/api/links')).text).not.toContain(url.split('#')[1]);
  });

  it('says that it cannot send mail where none is configured', async () => {
    expect((await make({ recipientEmail: 'weber@example.org' })).mail).toBe('not-configured');
  });

  it.each([
    ['no label', { label: ' ' }],
    ['a word for whether a name is shown', { watermark: 'no' }],
    ['a word for its control', { control: 'all' }],
    ['a path for an item', { itemIds: ['../1'] }],
    ['nothing', { itemIds: [] }],
    ['the same thing twice', { itemIds: ['a'.repeat(32), 'a'.repeat(32)] }],
    ['more than a year', { expiresInMinutes: 365 * 24 * 60 + 1 }],
    ['a short passcode', { passcode: '123' }],
    ['no address', { recipientEmail: 'weber' }],
  ])('is not made with %s', async (_, change) => {
    const answer = await jane.post('/api/links').send(wanted(change)).expect(400);
    expect(answer.body).toMatchObject({ code: 'kernel.invalid' });
  });

  it('is not made over things that are not there, or for a viewer that cannot open them', async () => {
    await jane
      .post('/api/links')
      .send(wanted({ itemIds: [newId()] }))
      .expect(404);
    await jane
      .post('/api/links')
      .send(wanted({ sessionId: newId() }))
      .expect(404);
    await jane
      .post('/api/links')
      .send(wanted({ viewerId: 'none' }))
      .expect(404);
  });

  it('names who came and who looks right now', async () => {
    const { link, url } = await make({ maximumUses: 2 });
    await visit(aBrowser(whole.app, whole.publicUrl), url).expect(200);
    const { manager } = whole.app.get(DataSource);
    const grant = await manager.findOneByOrFail(Grant, { linkId: link.id });
    const participation = {
      sessionId: newId(),
      participantId: grant.id,
      participant: { kind: 'visitor' as const, id: grant.id, name: 'Dr Weber' },
      control: 'view' as const,
      joinedAt: grant.createdAt,
    };
    await manager.insert(Participation, { ...participation, id: newId(), leftAt: null });
    await manager.insert(Participation, { ...participation, id: newId(), leftAt: grant.createdAt });
    expect(await listed(link.id)).toMatchObject({
      uses: 1,
      watching: 1,
      visits: [{ name: 'Dr Weber', at: grant.createdAt }],
    });
  });

  it('asks for a passcode, counts wrong ones and lets the right one in', async () => {
    const { link, url } = await make({ passcode: 'tulip' });
    const browser = aBrowser(whole.app, whole.publicUrl);
    const wrong = await visit(browser, url, { passcode: 'rose' }).expect(403);
    expect(wrong.body).toMatchObject({ code: 'delegation.wrong-passcode', remainingTries: 9 });
    await visit(browser, url, { passcode: 'tulip' }).expect(200);
    await browser.get('/api/visit').expect(200);
    expect(await listed(link.id)).toMatchObject({ hasPasscode: true, state: 'used-up', uses: 1 });
  });

  it('ends, with every visit that came by it', async () => {
    const { link, url } = await make();
    const browser = aBrowser(whole.app, whole.publicUrl);
    await visit(browser, url).expect(200);
    await browser.get('/api/visit').expect(200);
    const revoked = await jane.post(`/api/links/${link.id}/revoke`).expect(200);
    expect(revoked.body).toMatchObject({ id: link.id, state: 'revoked', watching: 0 });
    await browser.get('/api/visit').expect(401);
    const again = await visit(aBrowser(whole.app, whole.publicUrl), url).expect(410);
    expect(again.body).toMatchObject({ code: 'delegation.link-revoked' });
  });

  it('is told of in the record of acts, with the title of what it opens', async () => {
    const { link, url } = await make({ label: 'Dr Weber in town' });
    await visit(aBrowser(whole.app, whole.publicUrl), url).expect(200);
    await visit(aBrowser(whole.app, whole.publicUrl), url).expect(410);
    const { events } = (await jane.get('/api/audit?limit=3').expect(200)).body as AuditPageDto;
    const entities = [
      { kind: 'link', id: link.id, label: 'Dr Weber in town' },
      { kind: 'item', id: itemId, label: 'CT of the head' },
    ];
    expect(events).toMatchObject([
      {
        action: 'link.refused',
        outcome: 'refused',
        agent: { kind: 'visitor', name: 'Dr Weber', you: false },
        details: { reason: 'link-used-up' },
      },
      { action: 'link.opened', agent: { kind: 'visitor', name: 'Dr Weber' }, entities },
      { action: 'link.made', agent: { kind: 'account', name: 'Jane Doe', you: true }, entities },
    ]);
  });

  it('opens nothing but itself: a visitor has no other way in', async () => {
    const { url } = await make();
    const browser = aBrowser(whole.app, whole.publicUrl);
    await visit(browser, url).expect(200);
    for (const path of [
      '/api/record',
      `/api/record/${itemId}`,
      '/api/links',
      '/api/audit',
      '/api/me',
      '/api/sessions',
    ])
      await browser.get(path).expect(401);
  });
});
