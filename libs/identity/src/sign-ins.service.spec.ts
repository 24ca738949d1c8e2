import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashSecret } from '@vitrine/kernel';
import { testPeople, type TestPeople } from '../testing/index.js';
import { Account } from './account.entity.js';
import { SignIn } from './sign-in.entity.js';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;

describe('SignIns', () => {
  let people: TestPeople;
  let jane: Account;

  beforeEach(async () => {
    people = await testPeople();
    ({ account: jane } = await people.patient('Jane'));
  });
  afterEach(() => people.database.close());

  it('recognises a browser by a secret of which only the hash is kept', async () => {
    const { secret } = await people.signIns.begin(jane, 'Firefox');
    expect(secret).toHaveLength(43);
    const known = await people.signIns.recognise(secret);
    expect(known).toMatchObject({ account: { id: jane.id }, patient: { name: 'Jane' } });
    expect(known?.signIn.secretHash).toBe(hashSecret(secret));
    expect(await people.signIns.recognise('guessed')).toBeNull();
  });

  it('ends when it was not used for twelve hours', async () => {
    const { secret } = await people.signIns.begin(jane, '');
    people.clock.advance(12 * HOUR - 1);
    expect(await people.signIns.recognise(secret)).not.toBeNull();
    people.clock.advance(12 * HOUR - 1);
    expect(await people.signIns.recognise(secret)).not.toBeNull();
    people.clock.advance(12 * HOUR);
    expect(await people.signIns.recognise(secret)).toBeNull();
  });

  it('ends after 14 days, however much it was used', async () => {
    const { secret, expiresAt } = await people.signIns.begin(jane, '');
    expect(expiresAt).toBe(people.clock.inMs(14 * DAY));
    for (let n = 0; n < 28; n++) {
      expect(await people.signIns.recognise(secret)).not.toBeNull();
      people.clock.advance(12 * HOUR - 1);
    }
    people.clock.advance(28);
    expect(await people.signIns.recognise(secret)).toBeNull();
  });

  it('writes the time of last use at most once a minute', async () => {
    const { secret } = await people.signIns.begin(jane, '');
    const rows = people.database.dataSource.getRepository(SignIn);
    const seen = async () => (await rows.findOneByOrFail({ accountId: jane.id })).lastSeenAt;
    const begun = await seen();
    people.clock.advance(59_999);
    await people.signIns.recognise(secret);
    expect(await seen()).toBe(begun);
    people.clock.advance(1);
    await people.signIns.recognise(secret);
    expect(await seen()).toBe(people.clock.instant());
  });

  it('does not recognise who was disabled meanwhile', async () => {
    const { secret } = await people.signIns.begin(jane, '');
    await people.database.dataSource
      .getRepository(Account)
      .update(jane.id, { disabledAt: people.clock.instant() });
    expect(await people.signIns.recognise(secret)).toBeNull();
  });

  it('ends what the browser had before, and clears away what is too old', async () => {
    const first = await people.signIns.begin(jane, 'first');
    await people.signIns.begin(jane, 'second', first.secret);
    expect(await people.signIns.recognise(first.secret)).toBeNull();
    people.clock.advance(15 * DAY);
    await people.signIns.begin(jane, 'third');
    expect(await people.database.dataSource.getRepository(SignIn).count()).toBe(1);
  });

  it('lists the browsers of one account and ends one of them', async () => {
    const here = (await people.signIns.recognise((await people.signIns.begin(jane, 'here')).secret))!.signIn;
    people.clock.advance(1000);
    const there = await people.signIns.begin(jane, 'there');
    const list = await people.signIns.list(jane.id);
    expect(list.map(({ userAgent }) => userAgent)).toEqual(['there', 'here']);
    await people.signIns.end(jane, list[0]!.id, here.id);
    expect(await people.signIns.recognise(there.secret)).toBeNull();
    expect((await people.lines()).at(-1)).toMatchObject({
      action: 'account.signed-out',
      details: { elsewhere: true },
    });
  });

  it('does not end a sign-in of somebody else', async () => {
    const { account: joe } = await people.patient('Joe');
    const { secret } = await people.signIns.begin(joe, '');
    const { signIn } = (await people.signIns.recognise(secret))!;
    await expect(people.signIns.end(jane, signIn.id, 'own')).rejects.toMatchObject({
      code: 'delegation.not-visible',
    });
    expect(await people.signIns.recognise(secret)).not.toBeNull();
  });
});
