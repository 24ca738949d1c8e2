import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hashSecret, newId } from '@vitrine/kernel';
import { testDelegation, type TestDelegation } from '../testing/index.js';
import { LONGEST_LINK_MINUTES } from './share-links.service.js';
import { ShareLink } from './share-link.entity.js';

describe('ShareLinks', () => {
  let test: TestDelegation;

  beforeEach(async () => {
    test = await testDelegation();
  });
  afterEach(() => test.close());

  it('puts 256 random bits into the fragment of the URL and keeps only their hash', async () => {
    const { link, url } = await test.links.create(test.jane, {
      itemIds: test.janesItems,
      viewerId: 'ohif',
      label: 'Dr Weber',
      control: 'control',
      watermark: true,
      expiresInMinutes: 60,
      maximumUses: 3,
      passcode: 'tulip',
    });
    const [page, secret = ''] = url.split('#');
    expect(page).toBe('https://vitrine.test/visit');
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    const stored = await test.people.database.dataSource
      .getRepository(ShareLink)
      .findOneByOrFail({ id: link.id });
    expect(stored.secretHash).toBe(hashSecret(secret));
    expect(stored.passcodeHash).toMatch(/^\$argon2id\$/);
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(JSON.stringify(stored)).not.toContain('tulip');
    expect(stored).toMatchObject({
      control: 'control',
      maximumUses: 3,
      expiresAt: test.people.clock.inMs(3_600_000),
    });
    expect((await test.people.lines()).at(-1)).toMatchObject({
      action: 'link.made',
      patientId: test.jane.patient.id,
      entities: [{ kind: 'link', id: link.id, label: 'Dr Weber' }, { kind: 'item' }, { kind: 'item' }],
      details: { control: 'control', watermark: true, maximumUses: 3, passcode: true, byEmail: false },
    });
  });

  it('makes no link over what is not in the record of the one who makes it', async () => {
    for (const itemIds of [[newId()], [test.janesItems[0], newId()]])
      await expect(test.link({ itemIds })).rejects.toMatchObject({ code: 'delegation.not-visible' });
    const asJoe = test.links.create(test.joe, {
      itemIds: test.janesItems,
      viewerId: 'ohif',
      label: 'me',
      control: 'view',
      watermark: true,
      expiresInMinutes: 60,
      maximumUses: 1,
    });
    await expect(asJoe).rejects.toMatchObject({ code: 'delegation.not-visible' });
  });

  it.each([
    ['nothing', { itemIds: [] }],
    ['no time', { expiresInMinutes: 0 }],
    ['more than a year', { expiresInMinutes: LONGEST_LINK_MINUTES + 1 }],
    ['no use', { maximumUses: 0 }],
  ])('makes no link over %s', async (_, draft) => {
    await expect(test.link(draft)).rejects.toMatchObject({ code: 'kernel.invalid' });
  });

  it('lists the links of one patient, latest first', async () => {
    await test.link({ label: 'first' });
    test.people.clock.advance(1000);
    await test.link({ label: 'second' });
    const labels = (await test.links.ofPatient(test.jane.patient.id)).map(({ label }) => label);
    expect(labels).toEqual(['second', 'first']);
    expect(await test.links.ofPatient(test.joe.patient.id)).toEqual([]);
  });

  describe('a revocation', () => {
    it('returns after every grant is marked and the last live display is cut', async () => {
      const { link, secret } = await test.link({ maximumUses: 2 });
      const one = await test.visits.redeem({ secret, visitorName: 'One' });
      const two = await test.visits.redeem({ secret, visitorName: 'Two' });
      let done = false;
      test.connections.onCut = async () => {
        // Whoever joins from now on is refused, although the cut is still under way.
        expect(await test.visits.recognise(one.visitSecret)).toBeNull();
        expect(await test.visits.recognise(two.visitSecret)).toBeNull();
        await new Promise((resolve) => setTimeout(resolve, 20));
        done = true;
      };
      const revoked = await test.links.revoke(test.jane, link.id);
      expect(done).toBe(true);
      expect(revoked.grantIds.sort()).toEqual([one.grant.id, two.grant.id].sort());
      expect(test.connections.cuts.map((cut) => cut.sort())).toEqual([revoked.grantIds]);
    });

    it('can be repeated, cuts again and leaves one line', async () => {
      const { link, secret } = await test.link();
      await test.visits.redeem({ secret, visitorName: 'One' });
      test.connections.onCut = () => Promise.reject(new Error('the gateway is gone'));
      await expect(test.links.revoke(test.jane, link.id)).rejects.toThrow('the gateway is gone');
      test.connections.onCut = () => Promise.resolve();
      await test.links.revoke(test.jane, link.id);
      expect(test.connections.cuts).toHaveLength(2);
      const lines = (await test.people.lines()).filter(({ action }) => action === 'link.revoked');
      expect(lines).toHaveLength(1);
    });

    it('is not for other patients', async () => {
      const { link, secret } = await test.link();
      await expect(test.links.revoke(test.joe, link.id)).rejects.toMatchObject({
        code: 'delegation.not-visible',
      });
      await test.visits.preview(secret);
    });

    it('wins over every redemption that races it', async () => {
      for (let round = 0; round < 20; round++) {
        const { link, secret } = await test.link();
        const [redeemed] = await Promise.allSettled([
          test.visits.redeem({ secret, visitorName: 'Racer' }),
          test.links.revoke(test.jane, link.id),
        ]);
        if (redeemed.status === 'fulfilled')
          expect(await test.visits.recognise(redeemed.value.visitSecret)).toBeNull();
        else expect(redeemed.reason).toMatchObject({ code: 'delegation.link-revoked' });
      }
    });
  });
});
