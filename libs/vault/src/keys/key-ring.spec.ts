import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newId } from '@vitrine/kernel';
import { FakeClock } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { newProvider, VAULT_ENTITIES } from '../../testing/test-vault.js';
import { KeyRing } from './key-ring.js';
import { PartitionKey } from './partition-key.entity.js';
import { PatientKey } from './patient-key.entity.js';

describe('KeyRing', () => {
  const patient = newId();
  const provider = newProvider();
  let database: TestDatabase;
  let keys: KeyRing;
  beforeEach(async () => {
    database = await testDatabase(VAULT_ENTITIES);
    keys = ring();
  });
  afterEach(() => database.close());

  const ring = (by = provider) =>
    new KeyRing(by, database.dataSource.getRepository(PatientKey), database.transactor, new FakeClock());

  it('has one key for each purpose of each patient, and the same again after a restart', async () => {
    const places = [
      [patient, 'imaging'],
      [patient, 'genome'],
      [patient, 'digest'],
      [newId(), 'imaging'],
    ] as const;
    const all = await Promise.all(places.map(([who, purpose]) => keys.forWriting(who, purpose)));
    expect(new Set(all.map(({ key }) => key.export().toString('hex'))).size).toBe(4);
    const again = ring();
    for (const [index, [who, purpose]] of places.entries())
      expect((await again.forWriting(who, purpose)).key.equals(all[index]!.key)).toBe(true);
    expect(await database.dataSource.getRepository(PatientKey).count()).toBe(2);
  });

  it('makes one key when many ask at once', async () => {
    const asked = await Promise.all(Array.from({ length: 10 }, () => keys.forWriting(patient, 'medical')));
    expect(asked.every(({ version, key }) => version === 1 && key.equals(asked[0]!.key))).toBe(true);
  });

  it('opens nothing with another key-encryption key', async () => {
    await keys.forWriting(patient, 'medical');
    const stranger = ring(newProvider());
    await expect(stranger.forReading(patient, 'medical', 1)).rejects.toMatchObject({ code: 'vault.damaged' });
    await expect(stranger.forWriting(patient, 'genome')).rejects.toMatchObject({ code: 'vault.damaged' });
  });

  it('opens no key that was put in another’s place', async () => {
    const other = newId();
    for (const who of [patient, other]) await keys.forWriting(who, 'medical');
    await keys.forWriting(patient, 'genome');
    const rows = database.dataSource.getRepository(PartitionKey);
    const mine = await rows.findOneByOrFail({ patientId: patient, purpose: 'medical' });
    await rows.update({ patientId: patient, purpose: 'genome' }, { wrappedKey: mine.wrappedKey });
    await rows.update({ patientId: other }, { wrappedKey: mine.wrappedKey });
    const again = ring();
    for (const [who, purpose] of [
      [patient, 'genome'],
      [other, 'medical'],
    ] as const)
      await expect(again.forReading(who, purpose, 1)).rejects.toMatchObject({ code: 'vault.damaged' });
  });

  it('keeps former versions when a key is renewed', async () => {
    const first = await keys.forWriting(patient, 'imaging');
    const second = await keys.renew(patient, 'imaging');
    expect(await keys.forWriting(patient, 'imaging')).toMatchObject({ version: 2 });
    expect((await keys.forReading(patient, 'imaging', 1)).equals(first.key)).toBe(true);
    expect(second.key.equals(first.key)).toBe(false);
  });

  it('has nothing left of a patient whose keys were destroyed, also in memory', async () => {
    await keys.forWriting(patient, 'medical');
    await keys.forReading(patient, 'medical', 1);
    await database.transactor.run((manager) => keys.destroy(manager, patient));
    keys.forget(patient);
    await expect(keys.forReading(patient, 'medical', 1)).rejects.toMatchObject({ code: 'vault.damaged' });
  });
});
