import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDelegation, type TestDelegation } from '../testing/index.js';
import { watermarkOf } from './watermark.js';

/** Without the marks around names. */
const plain = (line: string | undefined) => line?.replace(/[\u2068\u2069]/g, '');

describe('watermarkOf', () => {
  let test: TestDelegation;
  let today: string;

  beforeEach(async () => {
    test = await testDelegation();
    today = test.people.clock.instant().slice(0, 10);
  });
  afterEach(() => test.close());

  const visit = async (visitorName: string, watermark = true) => {
    const { secret } = await test.link({ watermark, maximumUses: 5 });
    return test.visits.redeem({ secret, visitorName });
  };

  it('names the visitor and the day', async () => {
    expect(plain(watermarkOf(await visit('Dr Weber')))).toBe(`Dr Weber · ${today}`);
    expect(plain(watermarkOf(await visit('dr weber')))).toBe(`dr weber · ${today}`);
  });

  it('names also whom the link is for, when the visitor gives another name', async () =>
    expect(plain(watermarkOf(await visit('Nobody')))).toBe(`Nobody (Dr Weber) · ${today}`));

  it('names the person who is there now, when a second one comes in by the same browser', async () => {
    const { secret } = await test.link({ watermark: true });
    const { visitSecret } = await test.visits.redeem({ secret, visitorName: 'Dr Weber' });
    await test.visits.redeem({ secret, visitorName: 'Nurse', visitSecret });
    const known = await test.visits.recognise(visitSecret);
    expect(plain(known ? watermarkOf(known) : undefined)).toBe(`Nurse (Dr Weber) · ${today}`);
  });

  it('keeps a name that runs from right to left apart from the date', async () =>
    expect(watermarkOf(await visit('محمد'))).toBe(`\u2068محمد\u2069 (\u2068Dr Weber\u2069) · ${today}`));

  it('is not there where the patient wanted none', async () =>
    expect(watermarkOf(await visit('Dr Weber', false))).toBeUndefined());
});
