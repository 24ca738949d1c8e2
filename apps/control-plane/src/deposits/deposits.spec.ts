import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SYSTEM_AGENT } from '@vitrine/audit';
import { Accounts } from '@vitrine/identity';
import { smallApp, type Browser, type SmallApp } from '../../testing/small-app.js';
import { IdentityHttpModule } from '../identity/identity-http.module.js';
import { DepositsHttpModule } from './deposits-http.module.js';
import type { MadeDepositCodeDto } from './deposits.dto.js';
import { initialsOf } from './initials.js';

// Passwords are hashed at full cost, on machines that may be busy.
jest.setTimeout(60_000);

const PASSWORD = 'correct teapot museum';

describe('deposit codes over HTTP', () => {
  let small: SmallApp;
  let jane: Browser;
  let provider: Browser;

  beforeAll(async () => {
    small = await smallApp({ imports: [IdentityHttpModule, DepositsHttpModule] });
    jane = small.browser();
    await jane
      .post('/api/sign-up')
      .send({ name: 'Jane Doe', email: 'jane@example.org', password: PASSWORD })
      .expect(201);
    const draft = { name: 'Dr Weber', email: 'weber@example.org', role: 'provider' } as const;
    const { oneTimePassword } = await small.app.get(Accounts, { strict: false }).create(SYSTEM_AGENT, draft);
    provider = small.browser();
    await provider.post('/api/sign-in').send({ email: draft.email, password: oneTimePassword }).expect(200);
    await provider.post('/api/me/password').send({ current: oneTimePassword, next: PASSWORD }).expect(204);
  });
  afterAll(() => small.close());

  const make = async (body: object = {}) =>
    (
      await jane
        .post('/api/deposit-codes')
        .send({ label: 'City Radiology', ...body })
        .expect(201)
    ).body as MadeDepositCodeDto;

  it('shows a patient a code once and keeps its bounds', async () => {
    const { code, secret, url } = await make();
    expect(code).toMatchObject({ label: 'City Radiology', maximumUses: 10, uses: 0, state: 'active' });
    expect(Date.parse(code.expiresAt) - Date.parse(code.createdAt)).toBe(30 * 24 * 60 * 60_000);
    expect(url).toBe(`http://vitrine.test/deposit#${secret}`);
    const list = await jane.get('/api/deposit-codes').expect(200);
    expect(list.text).toContain(code.id);
    expect(list.text).not.toContain(secret);
  });

  it.each([{ label: '' }, { expiresInDays: 0 }, { expiresInDays: 1.5 }, { maximumUses: 1001 }, { uses: 5 }])(
    'does not make one with %j',
    async (body) => {
      await jane
        .post('/api/deposit-codes')
        .send({ label: 'x', ...body })
        .expect(400);
    },
  );

  it('tells a provider the initials only, and nothing once the code was ended', async () => {
    const { code, secret } = await make();
    const check = (typed: string) => provider.post('/api/deposits/check').send({ code: typed });
    await check(secret.toLowerCase()).expect(200, { patientInitials: 'J. D.', expiresAt: code.expiresAt });
    await jane.post(`/api/deposit-codes/${code.id}/revoke`).expect(200);
    const ended = await check(secret).expect(404);
    const unknown = await check('7K3M-Q9TX-V0A1').expect(404);
    expect({ ...ended.body, instance: '' }).toEqual({ ...unknown.body, instance: '' });
  });

  it('limits how often one address may guess', async () => {
    const from = (address: string) =>
      provider.post('/api/deposits/check').set('X-Forwarded-For', address).send({ code: 'guess' });
    for (let n = 0; n < 10; n++) await from('192.0.2.9').expect(404);
    await from('192.0.2.9').expect(429);
    small.clock.advance(6_000);
    await from('192.0.2.9').expect(404);
  });

  it('keeps each to their own side', async () => {
    await jane.post('/api/deposits/check').send({ code: 'x' }).expect(403);
    await provider.get('/api/deposit-codes').expect(403);
    await provider.post('/api/deposit-codes').send({ label: 'x' }).expect(403);
  });
});

describe('initials', () => {
  it.each([
    ['Jane Maria Doe', 'J. D.'],
    ['Cher', 'C.'],
    ['  ångström  Émile ', 'Å. É.'],
    ['Ludwig van Beethoven (sen.)', 'L. S.'],
    ['王 小明', '王. 小.'],
    ['42', ''],
  ])('of %s are %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});
