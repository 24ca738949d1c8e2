import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newId, type KeySource } from '@vitrine/kernel';
import { FakeClock, runWithoutRoom } from '@vitrine/kernel/testing';
import { testDatabase, type TestDatabase } from '@vitrine/persistence/testing';
import { VAULT_ENTITIES } from '../../testing/test-vault.js';
import { KeyRing } from './key-ring.js';
import { VaultLocked, type KeyProvider } from './key-provider.js';
import { PartitionKey } from './partition-key.entity.js';
import { PatientKey } from './patient-key.entity.js';
import { unlock } from './unlock.js';

jest.setTimeout(60_000);

describe('unlock', () => {
  const patient = newId();
  const installationId = newId();
  let database: TestDatabase;
  let folder: string;
  let key: KeySource;
  beforeEach(async () => {
    database = await testDatabase(VAULT_ENTITIES);
    folder = mkdtempSync(join(tmpdir(), 'vitrine-keys-'));
    key = { kind: 'file', path: join(folder, 'keys', 'one.key') };
  });
  afterEach(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (current = key, previousKey?: KeySource) =>
    unlock(
      {
        installationId,
        dataDir: folder,
        vault: { bytesPerPatient: 1, key: current, previousKey, objectStorage: undefined },
      },
      database.dataSource,
      database.transactor,
    );
  const ring = (provider: KeyProvider) =>
    new KeyRing(
      provider,
      database.dataSource.getRepository(PatientKey),
      database.transactor,
      new FakeClock(),
    );
  const store = async (provider: KeyProvider) => (await ring(provider).forWriting(patient, 'medical')).key;
  const rows = () =>
    Promise.all([
      database.dataSource.getRepository(PatientKey).find(),
      database.dataSource.getRepository(PartitionKey).find(),
    ]);
  const passphrase = (text: string): KeySource => {
    const path = join(folder, newId());
    writeFileSync(path, text);
    return { kind: 'passphrase', path };
  };
  const locked = async (starting: Promise<unknown>, words: string) => {
    const error: unknown = await starting.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VaultLocked);
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).toMatch(/^[A-Z][^\n]*\.$/);
  };

  it('makes a key file at first use that nobody else can read, and uses it again', async () => {
    const first = await start();
    expect(statSync(key.path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(key.path)).mode & 0o777).toBe(0o700);
    const stored = await store(first);
    expect((await store(await start())).equals(stored)).toBe(true);
  });

  it('makes it at the next start when there was no room for it at the first', async () => {
    const source = JSON.stringify(join(import.meta.dirname, 'key-file.ts'));
    const said = runWithoutRoom(`
      const { openKeyFile } = await import(${source});
      await openKeyFile(${JSON.stringify(key.path)}, true).catch((error) => console.log(error.message));
    `);
    expect(said).toContain('cannot be made (EFBIG)');
    await store(await start());
  });

  it('makes no new key where one is missing for what is stored, and writes nothing', async () => {
    await store(await start());
    rmSync(key.path);
    const before = await rows();
    await locked(start(), 'is not there');
    expect(existsSync(key.path)).toBe(false);
    expect(await rows()).toEqual(before);
  });

  it('refuses another key than the one that sealed what is stored, and writes nothing', async () => {
    await store(await start());
    const before = await rows();
    await start({ kind: 'file', path: join(folder, 'other.key') }).catch(() => undefined);
    await locked(start({ kind: 'file', path: join(folder, 'other.key') }), 'is not there');
    writeFileSync(join(folder, 'other.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`);
    await locked(start({ kind: 'file', path: join(folder, 'other.key') }), 'not the one');
    expect(await rows()).toEqual(before);
  });

  it.each(['', 'not a key', Buffer.alloc(31).toString('base64')])(
    'refuses a key file with %j',
    async (text) => {
      writeFileSync(join(folder, 'bad'), text);
      await locked(start({ kind: 'file', path: join(folder, 'bad') }), 'does not hold a key');
    },
  );

  it('makes the same key of the same passphrase, and refuses a wrong, short or missing one', async () => {
    const stored = await store(await start(passphrase('correct horse battery\n')));
    expect((await store(await start(passphrase('correct horse battery')))).equals(stored)).toBe(true);
    await locked(start(passphrase('wrong horse battery')), 'not the one');
    await locked(start(passphrase('short')), 'at least 12');
    await locked(start({ kind: 'passphrase', path: join(folder, 'nowhere') }), 'cannot be read');
  });

  it('replaces the key: patients’ keys are wrapped anew and nothing else is touched', async () => {
    const stored = await store(await start());
    const [, partitionsBefore] = await rows();
    const next: KeySource = { kind: 'file', path: join(folder, 'keys', 'next.key') };
    await start(next, key);
    const [patients, partitions] = await rows();
    expect(partitions).toEqual(partitionsBefore);
    expect(new Set(patients.map(({ keyEncryptionKeyId }) => keyEncryptionKeyId)).size).toBe(1);
    // From now on the former key is not needed, and does not help.
    expect((await ring(await start(next)).forReading(patient, 'medical', 1)).equals(stored)).toBe(true);
    await locked(start(), 'not the one');
    // Named for longer than necessary, it does no harm.
    expect((await start(next, key)).id).toBe(patients[0]!.keyEncryptionKeyId);
  });

  it('goes over to a passphrase in the same way', async () => {
    const stored = await store(await start());
    const next = passphrase('correct horse battery');
    expect((await store(await start(next, key))).equals(stored)).toBe(true);
  });

  it('replaces nothing when the previous key is not the one that was used', async () => {
    await store(await start());
    const before = await rows();
    const other = join(folder, 'other');
    writeFileSync(other, `${Buffer.alloc(32, 7).toString('base64')}\n`);
    const next = join(folder, 'next');
    writeFileSync(next, `${Buffer.alloc(32, 8).toString('base64')}\n`);
    await locked(start({ kind: 'file', path: next }, { kind: 'file', path: other }), 'not the one');
    expect(await rows()).toEqual(before);
    expect(readFileSync(key.path, 'utf8')).toHaveLength(45);
  });

  it('opens no database of another installation, nor an empty one beside stored files', async () => {
    await start();
    const settings = {
      dataDir: folder,
      installationId: newId(),
      vault: { bytesPerPatient: 1, key, objectStorage: undefined },
    };
    const openOther = ({ dataSource, transactor }: TestDatabase) =>
      unlock({ ...settings, vault: { ...settings.vault, previousKey: undefined } }, dataSource, transactor);
    await locked(openOther(database), 'belongs to another installation');

    const empty = await testDatabase(VAULT_ENTITIES);
    mkdirSync(join(folder, 'vault', patient), { recursive: true });
    await openOther(empty);
    await empty.dataSource.query('DELETE FROM "installation"');
    writeFileSync(join(folder, 'vault', patient, newId()), 'sealed');
    await locked(openOther(empty), 'the database knows of none');
    await empty.close();
  });
});
