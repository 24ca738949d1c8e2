import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FtpsAccounts } from '@vitrine/exchange';
import { signedIn } from '../../testing/people.js';
import type { Browser } from '../../testing/small-app.js';
import { wholeApp, type WholeApp } from '../../testing/whole-app.js';

// Passwords are hashed at full cost, on machines that may be busy.
jest.setTimeout(60_000);

describe('the PACS of a provider', () => {
  let whole: WholeApp;
  let weber: Browser;
  let other: Browser;
  beforeAll(async () => {
    whole = await wholeApp();
    weber = await signedIn(whole.app, whole.publicUrl, 'provider');
    other = await signedIn(whole.app, whole.publicUrl, 'provider');
  }, 60_000);
  afterAll(() => whole.close());

  const register = (browser: Browser, body: object) =>
    browser.post('/api/dicom-nodes').send({ name: 'PACS', callingAeTitle: 'CITYPACS', ...body });

  it('is registered once, gets an inbox of its own and can be removed', async () => {
    const answer = await register(weber, { addresses: ['192.0.2.0/24', '2001:db8::1'] }).expect(201);
    const made = answer.body as { id: string; inboxAeTitle: string };
    expect(made.inboxAeTitle).toMatch(/^VITRINE-[0-9A-Z]{8}$/);
    await register(other, {}).expect(409);
    const list = await weber.get('/api/dicom-nodes').expect(200);
    expect(list.body).toMatchObject({ listener: null, nodes: [{ id: made.id, callingAeTitle: 'CITYPACS' }] });
    expect((await other.get('/api/dicom-nodes').expect(200)).body).toMatchObject({ nodes: [] });
    await other.delete(`/api/dicom-nodes/${made.id}`).expect(404);
    await weber.delete(`/api/dicom-nodes/${made.id}`).expect(204);
    await weber.delete(`/api/dicom-nodes/${made.id}`).expect(404);
    await register(other, {}).expect(201);
  });

  it.each([
    { callingAeTitle: 'LONGER THAN SIXTEEN' },
    { callingAeTitle: 'BACK\\SLASH' },
    { callingAeTitle: '' },
    { callingAeTitle: 'ÜBER' },
    { addresses: ['anywhere'] },
    { addresses: ['192.0.2.0/33'] },
    { addresses: 'x' },
    { certificate: 'AA:BB' },
    { host: '192.0.2.7' },
    { port: 104 },
    { host: 'pacs.example.org', port: 104 },
    { host: '127.0.0.1', port: 104 },
    { host: '169.254.169.254', port: 80 },
    { host: '::ffff:127.0.0.1', port: 104 },
    { host: '192.0.2.7', port: 0 },
  ])('is not registered with %j', async (body) => {
    await register(weber, { callingAeTitle: 'FINE', ...body }).expect(400);
  });

  it('has an empty inbox until something arrives', async () => {
    expect((await weber.get('/api/inbox').expect(200)).body).toEqual([]);
    const unknown = `/api/inbox/${'0'.repeat(32)}`;
    await weber.post(`${unknown}/deliver`).send({ code: '7K3M-Q9TX-V2AB' }).expect(404);
    await weber.delete(unknown).expect(404);
  });
});

describe('the login of a provider for FTPS', () => {
  let whole: WholeApp;
  let weber: Browser;
  beforeAll(async () => {
    whole = await wholeApp();
    weber = await signedIn(whole.app, whole.publicUrl, 'provider');
  }, 60_000);
  afterAll(() => whole.close());

  it('is made once, shown once, replaced and ended', async () => {
    expect((await weber.get('/api/ftps-account').expect(200)).body).toEqual({ port: null, account: null });
    const make = async () =>
      (await weber.post('/api/ftps-account').expect(201)).body as {
        account: { userName: string };
        password: string;
      };
    const first = await make();
    expect(first.account.userName).toMatch(/^drop-[0-9a-z]{8}$/);
    expect(first.password).toHaveLength(43);
    const second = await make();
    const list = await weber.get('/api/ftps-account').expect(200);
    expect(list.body).toMatchObject({ account: { userName: second.account.userName, lastUsedAt: null } });
    expect(JSON.stringify(list.body)).not.toContain(second.password);
    const accounts = whole.app.get(FtpsAccounts);
    expect(await accounts.recognise(first.account.userName, first.password)).toBeUndefined();
    expect(await accounts.recognise(second.account.userName, first.password)).toBeUndefined();
    expect(await accounts.recognise(second.account.userName, second.password)).toBeDefined();
    await weber.delete('/api/ftps-account').expect(204);
    await weber.delete('/api/ftps-account').expect(404);
    expect(await accounts.recognise(second.account.userName, second.password)).toBeUndefined();
  });
});

describe('an address for reading', () => {
  let whole: WholeApp;
  let jane: Browser;
  beforeAll(async () => {
    whole = await wholeApp();
    jane = await signedIn(whole.app, whole.publicUrl, 'patient');
    const weber = await signedIn(whole.app, whole.publicUrl, 'provider');
    const pacs = { name: 'PACS', addresses: ['192.0.2.7'], host: '192.0.2.7', port: 104 };
    const certificate = 'AB:'.repeat(31) + 'CD';
    const made = await weber
      .post('/api/dicom-nodes')
      .send({ ...pacs, certificate, callingAeTitle: 'CITYPACS' })
      .expect(201);
    expect(made.body).toMatchObject({ host: '192.0.2.7', port: 104, certificate: `${'ab'.repeat(31)}cd` });
    await weber.post('/api/dicom-nodes').send({ name: 'Any', callingAeTitle: 'ANY' }).expect(201);
  }, 60_000);
  afterAll(() => whole.close());

  const make = (body: object) => jane.post('/api/reading-addresses').send(body);

  it('is made for one system, shown once, listed and ended', async () => {
    const made = (await make({ callingAeTitle: 'CITYPACS' }).expect(201)).body as {
      aeTitle: string;
      address: { id: string };
    };
    expect(made.aeTitle).toMatch(/^READ[0-9A-Z]{12}$/);
    const list = await jane.get('/api/reading-addresses').expect(200);
    expect(list.body).toMatchObject({
      listener: null,
      addresses: [{ id: made.address.id, peerAeTitle: 'CITYPACS', peerName: 'PACS', state: 'active' }],
    });
    expect(JSON.stringify(list.body)).not.toContain(made.aeTitle.slice(4));
    const ended = await jane.post(`/api/reading-addresses/${made.address.id}/revoke`).expect(200);
    expect(ended.body).toMatchObject({ state: 'revoked' });
    const joe = await signedIn(whole.app, whole.publicUrl, 'patient');
    await joe.post(`/api/reading-addresses/${made.address.id}/revoke`).expect(404);
  });

  it.each([
    ['NOBODY', 404, 'exchange.peer-unknown'],
    ['ANY', 409, 'exchange.peer-unproven'],
    ['LONGER THAN SIXTEEN', 400, 'kernel.invalid'],
  ])('is not made for %s', async (callingAeTitle, status, code) => {
    expect((await make({ callingAeTitle }).expect(status)).body).toMatchObject({ code });
  });
});
