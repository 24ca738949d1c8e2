import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testPeople, type TestPeople } from '../testing/index.js';
import { Account } from './account.entity.js';

const PASSWORD = 'correct teapot museum';

describe('Passwords', () => {
  let people: TestPeople;
  let jane: Account;

  beforeEach(async () => {
    people = await testPeople();
    jane = await people.accounts.signUp({ name: 'Jane', email: ' Jane@Example.org ', password: PASSWORD });
  });
  afterEach(() => people.database.close());

  const code = async (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'in',
      (error: unknown) => (error as { code: string }).code,
    );
  const tryIn = (email: string, password: string) => code(people.passwords.authenticate(email, password));

  it('knows an address in every spelling and keeps no password', async () => {
    expect((await people.passwords.authenticate('JANE@example.org', PASSWORD)).id).toBe(jane.id);
    expect(jane.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('tells an address without an account and a wrong password the same', async () => {
    expect(await tryIn('jane@example.org', 'wrong')).toBe('identity.wrong-credentials');
    expect(await tryIn('nobody@example.org', 'wrong')).toBe('identity.wrong-credentials');
  });

  it.each(['jane@example.org', 'nobody@example.org'])(
    'lets %s rest for 15 minutes after ten wrong passwords, even for the right one',
    async (email) => {
      for (let n = 0; n < 10; n++) expect(await tryIn(email, 'wrong')).toBe('identity.wrong-credentials');
      expect(await tryIn(email, PASSWORD)).toBe('identity.locked');
      people.clock.advance(15 * 60_000 - 1);
      expect(await tryIn(email, PASSWORD)).toBe('identity.locked');
      people.clock.advance(1);
      expect(await tryIn(email, 'wrong')).toBe('identity.wrong-credentials');
    },
  );

  it('counts tries before it checks them, so that tries at once do not get past the limit', async () => {
    const answers = await Promise.all(Array.from({ length: 14 }, () => tryIn('jane@example.org', 'wrong')));
    expect(answers.filter((answer) => answer === 'identity.wrong-credentials')).toHaveLength(10);
    expect(answers.filter((answer) => answer === 'identity.locked')).toHaveLength(4);
  });

  it('forgets wrong tries when the right one came', async () => {
    for (let n = 0; n < 9; n++) await tryIn('jane@example.org', 'wrong');
    await people.signIns.begin(await people.passwords.authenticate('jane@example.org', PASSWORD), '');
    for (let n = 0; n < 9; n++) await tryIn('jane@example.org', 'wrong');
    expect(await tryIn('jane@example.org', PASSWORD)).toBe('in');
  });

  it('tells the owner of wrong tries', async () => {
    await tryIn('jane@example.org', 'wrong');
    const last = (await people.lines()).at(-1)!;
    const patient = await people.accounts.patientOf(jane.id);
    expect(last).toMatchObject({
      action: 'account.signed-in',
      outcome: 'refused',
      patientId: patient!.id,
      details: { reason: 'wrong-password', locked: false },
    });
  });

  it('does not let in who is disabled', async () => {
    await people.database.dataSource
      .getRepository(Account)
      .update(jane.id, { disabledAt: people.clock.instant() });
    expect(await tryIn('jane@example.org', PASSWORD)).toBe('identity.wrong-credentials');
  });

  describe('a change', () => {
    const NEXT = 'three blue herons';
    const signIn = async () => {
      const { secret } = await people.signIns.begin(jane, 'Firefox');
      return (await people.signIns.recognise(secret))!;
    };

    it('replaces the password and ends the other sign-ins', async () => {
      const other = await people.signIns.begin(jane, 'Chrome');
      const own = await signIn();
      await people.passwords.change(own, PASSWORD, NEXT);
      expect(await tryIn('jane@example.org', PASSWORD)).toBe('identity.wrong-credentials');
      expect(await tryIn('jane@example.org', NEXT)).toBe('in');
      expect(await people.signIns.recognise(other.secret)).toBeNull();
      expect(await people.signIns.list(jane.id)).toHaveLength(1);
      expect((await people.lines()).find(({ action }) => action === 'account.changed')?.details).toEqual({
        what: 'password',
        endedSignIns: 1,
      });
    });

    it('needs the current password, and counts wrong ones too', async () => {
      const own = await signIn();
      for (let n = 0; n < 10; n++)
        expect(await code(people.passwords.change(own, 'wrong', NEXT))).toBe('identity.wrong-credentials');
      expect(await code(people.passwords.change(own, PASSWORD, NEXT))).toBe('identity.locked');
    });

    it.each(['password1234', PASSWORD])('refuses %s as the new one', async (next) => {
      expect(await code(people.passwords.change(await signIn(), PASSWORD, next))).toBe(
        'identity.weak-password',
      );
    });

    it('replaces a one-time password', async () => {
      const draft = { name: 'Dr Weber', email: 'weber@example.org', role: 'provider' } as const;
      const { account, oneTimePassword } = await people.accounts.create(
        { kind: 'account', id: 'admin', name: 'Admin' },
        draft,
      );
      expect(account.mustChangePassword).toBe(true);
      expect(oneTimePassword).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
      const { secret } = await people.signIns.begin(account, '');
      await people.passwords.change((await people.signIns.recognise(secret))!, oneTimePassword, NEXT);
      expect((await people.signIns.recognise(secret))?.account.mustChangePassword).toBe(false);
      expect(await tryIn('weber@example.org', oneTimePassword)).toBe('identity.wrong-credentials');
    });
  });
});
