import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SYSTEM_AGENT } from '@vitrine/audit';
import { Accounts } from '@vitrine/identity';
import { smallApp, type SmallApp } from '../../testing/small-app.js';
import { AdminAccountsModule } from '../admin-accounts/admin-accounts.module.js';
import { AuditHttpModule } from '../audit/audit-http.module.js';
import type { AuditPageDto } from '../audit/audit.dto.js';
import { HealthModule } from '../health/health.module.js';
import { IdentityHttpModule } from './identity-http.module.js';
import type { SignInViewDto } from './identity.dto.js';

// Passwords are hashed at full cost, on machines that may be busy.
jest.setTimeout(60_000);

const PASSWORD = 'correct teapot museum';
const NEXT = 'three blue herons';

describe('people over HTTP', () => {
  let small: SmallApp;

  beforeAll(async () => {
    small = await smallApp({
      imports: [IdentityHttpModule, AdminAccountsModule, AuditHttpModule, HealthModule],
    });
  });
  afterAll(() => small.close());

  let made = 0;
  const signUp = async (name = 'Jane Doe') => {
    const browser = small.browser();
    const email = `jane${++made}@example.org`;
    const answer = await browser
      .post('/api/sign-up')
      .send({ name, email, password: PASSWORD, birthDate: '1948-05-23' })
      .expect(201);
    return { browser, email, answer };
  };
  const withOneTimePassword = async (role: 'admin' | 'provider') => {
    const email = `${role}${++made}@example.org`;
    const { oneTimePassword } = await small.app
      .get(Accounts, { strict: false })
      .create(SYSTEM_AGENT, { name: `The ${role}`, email, role });
    const browser = small.browser();
    await browser.post('/api/sign-in').send({ email, password: oneTimePassword }).expect(200);
    return { browser, email, oneTimePassword };
  };
  const signedIn = async (role: 'admin' | 'provider') => {
    const { browser, oneTimePassword } = await withOneTimePassword(role);
    await browser.post('/api/me/password').send({ current: oneTimePassword, next: NEXT }).expect(204);
    return browser;
  };

  it('says that it is well', async () => {
    await small.browser().get('/api/health').expect(200, { status: 'ok', disk: 'ok' });
  });

  it('signs a patient up, in, and out again', async () => {
    const { browser, email, answer } = await signUp(' Jane Doe ');
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'Jane Doe',
      email,
      role: 'patient',
      birthDate: '1948-05-23',
      mustChangePassword: false,
    });
    await browser.get('/api/me').expect(200, answer.body);
    await browser.post('/api/sign-out').expect(204);
    await browser.get('/api/me').expect(401);
    await browser
      .post('/api/sign-in')
      .send({ email: email.toUpperCase(), password: PASSWORD })
      .expect(200, answer.body);
    await browser.get('/api/me').expect(200, answer.body);
  });

  it('keeps the sign-in in a cookie that scripts and other sites cannot use', async () => {
    const { answer } = await signUp();
    const [cookie = ''] = answer.get('Set-Cookie') ?? [];
    expect(cookie).toMatch(/^vitrine_sign_in=[\w-]{43}; /);
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Expires='])
      expect(cookie).toContain(attribute);
    expect(cookie).not.toContain('Secure');
  });

  it('makes a new secret at each sign-in and lets the old one of the browser end', async () => {
    const { browser, email, answer } = await signUp();
    const [old = ''] = answer.get('Set-Cookie') ?? [];
    await browser.post('/api/sign-in').send({ email, password: PASSWORD }).expect(200);
    await small.browser().get('/api/me').set('Cookie', old.split(';')[0]!).expect(401);
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 401, 'identity.wrong-credentials'],
    ['an unknown address', { email: 'nobody@example.org' }, 401, 'identity.wrong-credentials'],
    ['no password', { password: undefined }, 401, 'identity.wrong-credentials'],
    ['an object for a password', { password: { $ne: '' } }, 401, 'identity.wrong-credentials'],
    ['a list for an address', { email: ['a'] }, 401, 'identity.wrong-credentials'],
  ])('does not sign in with %s', async (_, change, status, code) => {
    const { email } = await signUp();
    const answer = await small
      .browser()
      .post('/api/sign-in')
      .send({ email, password: PASSWORD, ...change });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  it.each([
    ['no name', { name: '  ' }, 'kernel.invalid'],
    ['a name of two lines', { name: 'Jane\nAdmin' }, 'kernel.invalid'],
    ['no address', { email: 'jane' }, 'kernel.invalid'],
    ['a day that does not exist', { birthDate: '1948-02-31' }, 'kernel.invalid'],
    ['a role of choice', { role: 'admin' }, 'kernel.invalid'],
    ['a weak password', { password: 'password2026' }, 'identity.weak-password'],
  ])('does not sign up with %s', async (_, change, code) => {
    const body = { name: 'Jane', email: 'new@example.org', password: PASSWORD, ...change };
    const answer = await small.browser().post('/api/sign-up').send(body);
    expect(answer.body).toMatchObject({ code });
  });

  it('lists the browsers of the account and ends another one', async () => {
    const { browser, email } = await signUp();
    const other = small.browser().set('User-Agent', 'Tablet');
    await other.post('/api/sign-in').send({ email, password: PASSWORD }).expect(200);
    const list = (await browser.get('/api/me/sign-ins').expect(200)).body as SignInViewDto[];
    expect(list.map(({ current }) => current).sort()).toEqual([false, true]);
    const tablet = list.find(({ userAgent }) => userAgent === 'Tablet')!;
    await browser.delete(`/api/me/sign-ins/${tablet.id}`).expect(204);
    await other.get('/api/me').expect(401);
    await browser.delete(`/api/me/sign-ins/${tablet.id}`).expect(404);
  });

  it('lets a one-time password do nothing but be replaced', async () => {
    const { browser, oneTimePassword } = await withOneTimePassword('admin');
    const me = await browser.get('/api/me').expect(200);
    expect(me.body).toMatchObject({ role: 'admin', mustChangePassword: true });
    const refused = await browser.get('/api/admin/accounts').expect(403);
    expect(refused.body).toMatchObject({ code: 'identity.password-must-change' });
    await browser.post('/api/me/password').send({ current: oneTimePassword, next: NEXT }).expect(204);
    await browser.get('/api/admin/accounts').expect(200);
  });

  it('lets an admin make accounts, of which the password is shown once', async () => {
    const admin = await signedIn('admin');
    const email = `weber${++made}@example.org`;
    const draft = { name: 'Dr Weber', email, role: 'provider', organisation: 'City Radiology' };
    const answer = await admin.post('/api/admin/accounts').send(draft).expect(201);
    expect(answer.body).toMatchObject({ account: { ...draft, mustChangePassword: true } });
    const list = await admin.get('/api/admin/accounts').expect(200);
    expect(list.text).toContain(email);
    expect(list.text).not.toContain((answer.body as { oneTimePassword: string }).oneTimePassword);
    expect(list.text).not.toContain('argon2');
    const patient = { ...draft, email: 'p@example.org', role: 'patient' };
    await admin.post('/api/admin/accounts').send(patient).expect(400);
  });

  it('shows a patient who did what, page by page, and nobody else', async () => {
    const { browser } = await signUp();
    await browser.patch('/api/me').send({ name: 'Jane Roe' }).expect(200);
    const first = (await browser.get('/api/audit?limit=2').expect(200)).body as AuditPageDto;
    expect(first.more).toBe(true);
    expect(first.events).toMatchObject([
      { action: 'account.changed', agent: { kind: 'account', name: 'Jane Roe', you: true } },
      { action: 'account.signed-in', outcome: 'success' },
    ]);
    const rest = (await browser.get(`/api/audit?before=${first.events[1]!.sequence}`)).body as AuditPageDto;
    expect(rest).toMatchObject({ more: false, events: [{ action: 'account.signed-up' }] });
    await browser.get('/api/audit?limit=0').expect(400);
    await (await signedIn('provider')).get('/api/audit').expect(403);
  });
});

// Apart, because Passport keeps the strategies of the latest app for the whole process.
describe('the cookie of a sign-in', () => {
  it('goes over TLS only where the public address is TLS', async () => {
    const safe = await smallApp(
      { imports: [IdentityHttpModule] },
      { VITRINE_PUBLIC_URL: 'https://vitrine.test' },
    );
    const answer = await safe
      .browser()
      .post('/api/sign-up')
      .send({ name: 'Jane', email: 'jane@example.org', password: PASSWORD })
      .expect(201);
    expect(answer.get('Set-Cookie')?.[0]).toContain('Secure');
    await safe.close();
  });
});
