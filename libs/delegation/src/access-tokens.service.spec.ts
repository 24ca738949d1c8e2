import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Account } from '@vitrine/identity';
import { testDelegation, type TestDelegation } from '../testing/index.js';
import { accessTokenState, type AccessTokenDraft } from './access-tokens.service.js';
import { ProgramActs } from './program-acts.js';

const DAY = 24 * 60 * 60_000;

describe('AccessTokens', () => {
  let test: TestDelegation;
  let provider: Account;

  beforeEach(async () => {
    test = await testDelegation();
    provider = await test.people.account('provider', 'City Radiology');
  });
  afterEach(() => test.close());

  const create = (draft: Partial<AccessTokenDraft> = {}) =>
    test.tokens.create(test.jane, { label: 'My laptop', scope: 'read', expiresInDays: 90, ...draft });

  it('is shown once, is kept as a hash and opens one record in one way', async () => {
    const { token, secret } = await create();
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(token)).not.toContain(secret);
    expect(await test.tokens.recognise(secret)).toMatchObject({
      token: { id: token.id, scope: 'read' },
      patient: { id: test.jane.patient.id },
      account: { id: test.jane.account.id },
    });
    expect(await test.tokens.recognise(`${secret.slice(0, -1)}_`)).toBeNull();
    expect((await test.people.lines()).at(-1)).toMatchObject({
      action: 'access-token.made',
      patientId: test.jane.patient.id,
      details: { scope: 'read' },
    });
  });

  it('opens nothing after its end', async () => {
    const { token, secret } = await create({ expiresInDays: 1 });
    test.people.clock.advance(DAY - 1);
    expect(await test.tokens.recognise(secret)).not.toBeNull();
    test.people.clock.advance(1);
    expect(await test.tokens.recognise(secret)).toBeNull();
    expect(accessTokenState(token, test.people.clock.instant())).toBe('expired');
  });

  it('opens nothing once the patient has ended it, which leaves one line', async () => {
    const { token, secret } = await create();
    expect((await test.tokens.revoke(test.jane, token.id)).revokedAt).not.toBeNull();
    await test.tokens.revoke(test.jane, token.id);
    expect(await test.tokens.recognise(secret)).toBeNull();
    const lines = await test.people.lines();
    expect(lines.filter(({ action }) => action === 'access-token.revoked')).toHaveLength(1);
  });

  it('is not ended by another patient', async () => {
    const { token, secret } = await create();
    await expect(test.tokens.revoke(test.joe, token.id)).rejects.toMatchObject({
      code: 'delegation.not-visible',
    });
    expect(await test.tokens.recognise(secret)).not.toBeNull();
  });

  it('opens nothing for an account that was disabled', async () => {
    const { secret } = await create();
    const { transactor } = test.people.database;
    await transactor.run((manager) =>
      manager.update(Account, test.jane.account.id, { disabledAt: test.people.clock.instant() }),
    );
    expect(await test.tokens.recognise(secret)).toBeNull();
  });

  it('writes down at most once a minute that it was used', async () => {
    const { secret } = await create();
    const first = (await test.tokens.recognise(secret))?.token.lastUsedAt;
    test.people.clock.advance(59_000);
    expect((await test.tokens.recognise(secret))?.token.lastUsedAt).toBe(first);
    test.people.clock.advance(1_000);
    expect((await test.tokens.recognise(secret))?.token.lastUsedAt).toBe(test.people.clock.instant());
  });

  it.each([0, 366])('cannot last %i days', async (expiresInDays) => {
    await expect(create({ expiresInDays })).rejects.toMatchObject({ code: 'kernel.invalid' });
  });

  it('is not made without end', async () => {
    for (let made = 0; made < 50; made++) await create();
    await expect(create()).rejects.toMatchObject({ code: 'kernel.too-many-requests' });
  });

  describe('made of a deposit code', () => {
    const make = async (maximumUses = 10) => {
      const draft = { label: 'City Radiology', expiresInDays: 30, maximumUses };
      const { code, secret: typed } = await test.codes.create(test.jane, draft);
      const made = () => test.tokens.createOfDepositCode(provider, typed, 'CT scanner 2');
      return { code, typed, made };
    };

    it('only deposits, for the provider, until the code ends', async () => {
      const { code, made } = await make();
      const { token, secret } = await made();
      expect(token).toMatchObject({ scope: 'deposit', expiresAt: code.expiresAt, depositCodeId: code.id });
      expect(await test.tokens.recognise(secret)).toMatchObject({
        account: { id: provider.id },
        patient: { id: test.jane.patient.id },
      });
      expect(await test.tokens.ofPatient(test.jane.patient.id)).toMatchObject([{ id: token.id }]);
      await test.codes.revoke(test.jane, code.id);
      expect(await test.tokens.recognise(secret)).toBeNull();
    });

    it('uses the code once', async () => {
      const { made } = await make(1);
      await made();
      await expect(made()).rejects.toMatchObject({ code: 'delegation.deposit-code-unusable' });
      expect((await test.people.lines()).at(-1)).toMatchObject({ action: 'deposit-code.refused' });
    });
  });

  it('leaves one line in a quarter of an hour for the same act on the same thing', async () => {
    const { secret } = await create();
    const known = (await test.tokens.recognise(secret))!;
    const { database, audit, clock } = test.people;
    const acts = new ProgramActs(database.transactor, audit, clock);
    const item = (id: string) => ({ kind: 'item' as const, id });
    const read = (...ids: string[]) => acts.note(known, 'record.read', ids.map(item));
    await read('a', 'b');
    await read('a');
    await read('b', 'c');
    await acts.note(known, 'record.searched');
    await acts.note(known, 'record.searched');
    clock.advance(15 * 60_000);
    await read('a');
    const lines = (await test.people.lines()).filter(({ action }) => action.startsWith('record.'));
    expect(lines.map(({ action, entities }) => [action, entities.map(({ id }) => id)])).toEqual([
      ['record.read', ['a', 'b', known.token.id]],
      ['record.read', ['c', known.token.id]],
      ['record.searched', [known.token.id]],
      ['record.read', ['a', known.token.id]],
    ]);
    expect(lines[0]).toMatchObject({ details: { program: 'My laptop' } });
  });
});
