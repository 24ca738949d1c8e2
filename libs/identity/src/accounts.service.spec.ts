import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testPeople, type TestPeople } from '../testing/index.js';
import { Account } from './account.entity.js';

describe('Accounts', () => {
  let people: TestPeople;

  beforeEach(async () => {
    people = await testPeople();
  });
  afterEach(() => people.database.close());

  const jane = { name: 'Jane', email: 'jane@example.org', password: 'correct teapot museum' };

  it('signs a patient up with an empty record', async () => {
    const account = await people.accounts.signUp({ ...jane, birthDate: '1948-05-23' });
    expect(account).toMatchObject({ role: 'patient', mustChangePassword: false });
    const patient = await people.accounts.patientOf(account.id);
    expect(patient).toMatchObject({ name: 'Jane', birthDate: '1948-05-23' });
    expect(await people.lines()).toMatchObject([{ action: 'account.signed-up', patientId: patient!.id }]);
  });

  it('lets one address be one account, in whatever spelling', async () => {
    await people.accounts.signUp(jane);
    await expect(people.accounts.signUp({ ...jane, email: 'JANE@example.org ' })).rejects.toMatchObject({
      code: 'identity.email-taken',
    });
    expect(await people.database.dataSource.getRepository(Account).count()).toBe(1);
  });

  it('lets one address be one account when two sign up at the same moment', async () => {
    const both = await Promise.allSettled([people.accounts.signUp(jane), people.accounts.signUp(jane)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses a weak password before it stores anything', async () => {
    await expect(people.accounts.signUp({ ...jane, password: 'password12' })).rejects.toMatchObject({
      code: 'identity.weak-password',
    });
    expect(await people.lines()).toEqual([]);
  });

  it('makes the first admin exactly once, also when asked twice at once', async () => {
    await Promise.all([people.accounts.ensureFirstAdmin(), people.accounts.ensureFirstAdmin()]);
    expect(await people.accounts.list()).toHaveLength(1);
  });

  it('gives the first admin a new one-time password until somebody has chosen an own one', async () => {
    const lost = await people.accounts.ensureFirstAdmin();
    const renewed = await people.accounts.ensureFirstAdmin();
    await expect(people.passwords.authenticate(lost!.email, lost!.oneTimePassword)).rejects.toMatchObject({
      code: 'identity.wrong-credentials',
    });
    const admin = await people.passwords.authenticate(renewed!.email, renewed!.oneTimePassword);
    expect(admin).toMatchObject({ role: 'admin', mustChangePassword: true });
    await people.database.dataSource.getRepository(Account).update(admin.id, { mustChangePassword: false });
    expect(await people.accounts.ensureFirstAdmin()).toBeNull();
  });

  it('gives no record to accounts that are not patients', async () => {
    const provider = await people.account('provider');
    expect(await people.accounts.patientOf(provider.id)).toBeNull();
  });

  it('changes name and birth date, also of the record, and says which', async () => {
    const { account, patient } = await people.patient('Jane');
    await people.accounts.changeProfile(account.id, { name: 'Jane Doe', birthDate: '1948-05-23' });
    expect(await people.accounts.patientById(patient.id)).toMatchObject({
      name: 'Jane Doe',
      birthDate: '1948-05-23',
    });
    expect((await people.lines()).at(-1)).toMatchObject({
      action: 'account.changed',
      agent: { name: 'Jane Doe' },
      details: { what: 'name, birth date' },
    });
    await people.accounts.changeProfile(account.id, { birthDate: '' });
    expect((await people.accounts.patientById(patient.id))?.birthDate).toBeNull();
  });

  it('leaves no line of a change that changes nothing', async () => {
    const { account } = await people.patient('Jane');
    const before = (await people.lines()).length;
    await people.accounts.changeProfile(account.id, { name: 'Jane', birthDate: '' });
    expect(await people.lines()).toHaveLength(before);
  });
});
