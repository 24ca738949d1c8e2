import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agentOf, type Account } from '@vitrine/identity';
import { testDelegation, type TestDelegation } from '../testing/index.js';
import { newHumanCode } from './human-code.js';

const DAY = 24 * 60 * 60_000;
const UNUSABLE = { code: 'delegation.deposit-code-unusable' };

describe('DepositCodes', () => {
  let test: TestDelegation;
  let provider: Account;

  beforeEach(async () => {
    test = await testDelegation();
    provider = await test.people.account('provider', 'City Radiology');
  });
  afterEach(() => test.close());

  const create = (draft: object = {}) =>
    test.codes.create(test.jane, { label: 'City Radiology', expiresInDays: 30, maximumUses: 10, ...draft });
  const check = (typed: string) => test.codes.check(agentOf(provider), typed);
  const use = (typed: string) =>
    test.people.database.transactor.run((manager) => test.codes.use(manager, agentOf(provider), typed));

  it('is shown once and opens one patient’s letter box', async () => {
    const { code, secret, url } = await create();
    expect(url).toBe(`https://vitrine.test/deposit#${secret}`);
    expect(JSON.stringify(code)).not.toContain(secret);
    const typed = secret.toLowerCase().replaceAll('-', ' ');
    expect(await check(typed)).toMatchObject({ id: code.id, patientId: test.jane.patient.id, uses: 0 });
    expect((await test.people.lines()).at(-1)).toMatchObject({
      action: 'deposit-code.made',
      entities: [{ kind: 'deposit-code', id: code.id, label: 'City Radiology' }],
      details: { maximumUses: 10, expiresAt: code.expiresAt },
    });
  });

  it('is counted once per import and then used up', async () => {
    const { secret } = await create({ maximumUses: 2 });
    expect(await use(secret)).toMatchObject({ uses: 1 });
    expect(await use(secret)).toMatchObject({ uses: 2 });
    await expect(use(secret)).rejects.toMatchObject(UNUSABLE);
    await expect(check(secret)).rejects.toMatchObject(UNUSABLE);
  });

  it('is not counted when the import is undone', async () => {
    const { code, secret } = await create();
    const undone = test.people.database.transactor.run(async (manager) => {
      await test.codes.use(manager, agentOf(provider), secret);
      throw new Error('the disk is full');
    });
    await expect(undone).rejects.toThrow('the disk is full');
    expect(await check(secret)).toMatchObject({ id: code.id, uses: 0 });
  });

  it('is refused when it has expired or was ended, and the patient reads of it', async () => {
    const old = await create({ expiresInDays: 1 });
    const ended = await create();
    await test.codes.revoke(test.jane, ended.code.id);
    test.people.clock.advance(DAY);
    for (const [secret, reason] of [
      [old.secret, 'expired'],
      [ended.secret, 'revoked'],
    ] as const) {
      await expect(check(secret)).rejects.toMatchObject(UNUSABLE);
      expect((await test.people.lines()).at(-1)).toMatchObject({
        action: 'deposit-code.refused',
        outcome: 'refused',
        agent: { name: 'City Radiology' },
        patientId: test.jane.patient.id,
        details: { reason },
      });
    }
  });

  it.each([newHumanCode(), 'nonsense', ''])('tells nothing about %s', async (typed) => {
    const before = (await test.people.lines()).length;
    await expect(check(typed)).rejects.toMatchObject(UNUSABLE);
    expect(await test.people.lines()).toHaveLength(before);
  });

  it('is ended by its own patient only', async () => {
    const { code, secret } = await create();
    await expect(test.codes.revoke(test.joe, code.id)).rejects.toMatchObject({
      code: 'delegation.not-visible',
    });
    await check(secret);
    expect(await test.codes.ofPatient(test.joe.patient.id)).toEqual([]);
  });
});
