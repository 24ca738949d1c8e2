import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashSecret, newSecret } from '@vitrine/kernel';
import { testDelegation, type TestDelegation } from '../testing/index.js';
import { ShareLink } from './share-link.entity.js';

const HOUR = 60 * 60_000;

describe('Visits', () => {
  let test: TestDelegation;

  beforeEach(async () => {
    test = await testDelegation();
  });
  afterEach(() => test.close());

  const refusal = async (attempt: Promise<unknown>): Promise<{ code: string; extensions: object }> =>
    attempt.then(
      () => ({ code: 'in', extensions: {} }),
      (error: unknown) => error as { code: string; extensions: object },
    );
  const row = (id: string) =>
    test.people.database.dataSource.getRepository(ShareLink).findOneByOrFail({ id });
  const redeem = (secret: string, passcode?: string, visitSecret?: string) =>
    test.visits.redeem({ secret, visitorName: 'Dr Weber', passcode, visitSecret });

  it('looks at a link without using it up', async () => {
    const { link, secret } = await test.link();
    for (let n = 0; n < 3; n++)
      expect(await test.visits.preview(secret)).toMatchObject({ link: { id: link.id }, alreadyIn: false });
    expect((await row(link.id)).uses).toBe(0);
  });

  it('exchanges a link for a grant, counts the use and tells the patient who came', async () => {
    const { link, secret } = await test.link({ sessionId: 'running' });
    const { grant, visitSecret } = await redeem(secret);
    expect(grant).toMatchObject({
      linkId: link.id,
      visitorName: 'Dr Weber',
      sessionId: 'running',
      secretHash: hashSecret(visitSecret),
      expiresAt: link.expiresAt,
    });
    expect((await row(link.id)).uses).toBe(1);
    expect((await test.visits.recognise(visitSecret))?.grant.id).toBe(grant.id);
    expect((await test.people.lines()).at(-1)).toMatchObject({
      action: 'link.opened',
      outcome: 'success',
      agent: { kind: 'visitor', id: grant.id, name: 'Dr Weber' },
      patientId: test.jane.patient.id,
      details: { control: 'view', use: 1, maximumUses: 1 },
    });
  });

  it('lets a visit last twelve hours at most', async () => {
    const { secret } = await test.link({ expiresInMinutes: 3 * 24 * 60 });
    const { visitSecret } = await redeem(secret);
    test.people.clock.advance(12 * HOUR - 1);
    expect(await test.visits.recognise(visitSecret)).not.toBeNull();
    test.people.clock.advance(1);
    expect(await test.visits.recognise(visitSecret)).toBeNull();
  });

  it('ends a visit with its link', async () => {
    const { secret } = await test.link({ expiresInMinutes: 5 });
    const { visitSecret } = await redeem(secret);
    test.people.clock.advance(5 * 60_000);
    expect(await test.visits.recognise(visitSecret)).toBeNull();
  });

  describe.each(['preview', 'redeem'] as const)('%s', (way) => {
    const use = (secret: string) => (way === 'preview' ? test.visits.preview(secret) : redeem(secret));

    it.each([
      ['is unknown', 'delegation.link-unknown', () => Promise.resolve(newSecret())],
      [
        'has expired',
        'delegation.link-expired',
        async () => {
          const { secret } = await test.link();
          test.people.clock.advance(HOUR);
          return secret;
        },
      ],
      [
        'was used up',
        'delegation.link-used-up',
        async () => {
          const { secret } = await test.link();
          await redeem(secret);
          return secret;
        },
      ],
      [
        'was revoked',
        'delegation.link-revoked',
        async () => {
          const { link, secret } = await test.link();
          await test.links.revoke(test.jane, link.id);
          return secret;
        },
      ],
    ] as const)('refuses a link that %s, and the patient reads of it', async (_, code, prepare) => {
      const secret = await prepare();
      expect(await refusal(use(secret))).toMatchObject({ code });
      const last = (await test.people.lines()).at(-1)!;
      if (code === 'delegation.link-unknown') expect(last.action).not.toBe('link.refused');
      else
        expect(last).toMatchObject({
          action: 'link.refused',
          outcome: 'refused',
          details: { reason: code.replace('delegation.', '') },
        });
    });
  });

  it('never lets in more than the link says, also when all come at once', async () => {
    const { link, secret } = await test.link({ maximumUses: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => refusal(redeem(secret))));
    expect(answers.filter(({ code }) => code === 'in')).toHaveLength(3);
    expect(answers.filter(({ code }) => code === 'delegation.link-used-up')).toHaveLength(9);
    expect((await row(link.id)).uses).toBe(3);
  });

  it('lets the same browser in again without using the link up', async () => {
    const { link, secret } = await test.link();
    const first = await redeem(secret);
    expect(await test.visits.preview(secret, first.visitSecret)).toMatchObject({ alreadyIn: true });
    const again = await redeem(secret, undefined, first.visitSecret);
    expect(again.grant.id).toBe(first.grant.id);
    expect(again.visitSecret).toBe(first.visitSecret);
    expect((await row(link.id)).uses).toBe(1);
  });

  it('tells the patient when another person opens the link in the same browser', async () => {
    const { secret } = await test.link();
    const { visitSecret } = await redeem(secret);
    const nurse = await test.visits.redeem({ secret, visitorName: 'Nurse Kim', visitSecret });
    expect(nurse.grant.visitorName).toBe('Nurse Kim');
    expect((await test.people.lines()).at(-1)).toMatchObject({
      action: 'link.opened',
      agent: { name: 'Nurse Kim' },
      details: { sameBrowser: true },
    });
  });

  it('does not take a visit of another link for this one', async () => {
    const one = await test.link();
    const two = await test.link();
    const first = await redeem(one.secret);
    const second = await redeem(two.secret, undefined, first.visitSecret);
    expect(second.grant.linkId).toBe(two.link.id);
    expect((await row(two.link.id)).uses).toBe(1);
  });

  describe('with a passcode', () => {
    it('lets in whoever knows it, as often as the link says', async () => {
      const { link, secret } = await test.link({ passcode: 'tulip', maximumUses: 12 });
      for (let n = 0; n < 12; n++)
        expect(await refusal(redeem(secret, 'tulip'))).toMatchObject({ code: 'in' });
      expect(await row(link.id)).toMatchObject({ uses: 12, passcodeTries: 0 });
    });

    it('asks for it without counting a try', async () => {
      const { link, secret } = await test.link({ passcode: 'tulip' });
      expect(await refusal(redeem(secret))).toMatchObject({
        code: 'delegation.wrong-passcode',
        extensions: { remainingTries: 10 },
      });
      expect((await row(link.id)).passcodeTries).toBe(0);
    });

    it('tells how many tries are left, and is closed for good after ten wrong ones', async () => {
      const { secret } = await test.link({ passcode: 'tulip' });
      for (let left = 9; left >= 0; left--)
        expect(await refusal(redeem(secret, 'rose'))).toMatchObject({
          code: 'delegation.wrong-passcode',
          extensions: { remainingTries: left },
        });
      expect(await refusal(redeem(secret, 'tulip'))).toMatchObject({ code: 'delegation.passcode-locked' });
      expect(await refusal(test.visits.preview(secret))).toMatchObject({
        code: 'delegation.passcode-locked',
      });
    });

    it('counts before it checks, so that guesses at once do not get past the limit', async () => {
      const { secret } = await test.link({ passcode: 'tulip' });
      const answers = await Promise.all(Array.from({ length: 15 }, () => refusal(redeem(secret, 'rose'))));
      expect(answers.filter(({ code }) => code === 'delegation.wrong-passcode')).toHaveLength(10);
      expect(answers.filter(({ code }) => code === 'delegation.passcode-locked')).toHaveLength(5);
    });

    it('does not tell a used-up link by its passcode', async () => {
      const { secret } = await test.link({ passcode: 'tulip' });
      await redeem(secret, 'tulip');
      expect(await refusal(redeem(secret, 'rose'))).toMatchObject({ code: 'delegation.link-used-up' });
    });
  });

  it('binds a visit to the session that it looks at, unless it is over', async () => {
    const { link, secret } = await test.link();
    const { grant, visitSecret } = await redeem(secret);
    const bind = (id: string) =>
      test.people.database.transactor.run((manager) => test.visits.lookAt(manager, grant.id, id));
    await bind('one');
    expect((await test.visits.recognise(visitSecret))?.grant.sessionId).toBe('one');
    await test.links.revoke(test.jane, link.id);
    await bind('two');
    expect((await test.links.grantsOf([link.id]))[0]?.sessionId).toBe('one');
  });
});
