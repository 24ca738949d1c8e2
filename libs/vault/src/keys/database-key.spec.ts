import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3-multiple-ciphers';
import { newId, type KeySource } from '@vitrine/kernel';
import { openSqlite } from '@vitrine/persistence';
import { openDatabaseKey } from './database-key.js';
import { VaultLocked } from './key-provider.js';
import { DATABASE_KEY_FILE } from './wrapped-database-key.js';

jest.setTimeout(60_000);

describe('openDatabaseKey', () => {
  const installationId = newId();
  let folder: string;
  let dataDir: string;
  let path: string;
  const source = (name: string): KeySource => ({ kind: 'file', path: join(folder, 'keys', name) });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-database-key-'));
    dataDir = join(folder, 'data');
    path = join(dataDir, 'vitrine.db');
    mkdirSync(dataDir);
    mkdirSync(join(folder, 'keys'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (name = 'one', previous?: string) =>
    openDatabaseKey({
      dataDir,
      installationId,
      vault: {
        bytesPerPatient: 1,
        objectStorage: undefined,
        key: source(name),
        previousKey: previous ? source(previous) : undefined,
      },
    });
  const write = async (name?: string, previous?: string) => {
    const database = openSqlite(path, await open(name, previous));
    database.exec('CREATE TABLE IF NOT EXISTS kept (number)');
    database.exec('INSERT INTO kept VALUES (7)');
    database.close();
  };
  const rows = async (name?: string, previous?: string) => {
    const database = openSqlite(path, await open(name, previous));
    try {
      return database.prepare('SELECT number FROM kept').pluck().all();
    } finally {
      database.close();
    }
  };
  const other = (name: string) =>
    writeFileSync(source(name).path, `${Buffer.alloc(32, name.length).toString('base64')}\n`);
  const stored = () =>
    Object.fromEntries(
      readdirSync(dataDir).map((name) => [name, readFileSync(join(dataDir, name)).toString('hex')]),
    );
  /** One sentence, and every byte is as it was. */
  const locked = async (opening: () => Promise<unknown>, words: string) => {
    const before = stored();
    const error: unknown = await opening().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VaultLocked);
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).toMatch(/^[A-Z][^\n]*\.$/);
    expect(stored()).toEqual(before);
  };

  it('is the same again after a restart, and lies beside the database only wrapped', async () => {
    await write();
    expect(await rows()).toEqual([7]);
    const key = (await open()).export();
    for (const bytes of readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name))))
      for (const form of [key, key.toString('hex'), key.toString('base64')])
        expect(bytes.includes(form)).toBe(false);
  });

  it('is refused to another key-encryption key, and where that is missing none is made', async () => {
    await write();
    other('another');
    await locked(() => open('another'), 'not the one');
    await locked(() => open('missing'), 'is not there');
    expect(existsSync(source('missing').path)).toBe(false);
    expect(await rows()).toEqual([7]);
  });

  it('is wrapped anew when the key-encryption key is replaced, and no page is written', async () => {
    await write();
    const before = readFileSync(path);
    expect(await rows('two', 'one')).toEqual([7]);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(await rows('two')).toEqual([7]);
    await locked(() => open('one'), 'not the one');
  });

  it('stays under the former one when the previous key is not the one that was used', async () => {
    await write();
    other('wrong');
    other('next');
    await locked(() => open('next', 'wrong'), 'not the one');
    expect(await rows()).toEqual([7]);
  });

  it('says so when it is gone, damaged, or of another installation', async () => {
    await write();
    const file = join(dataDir, DATABASE_KEY_FILE);
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    await locked(open, 'is not there');
    writeFileSync(file, text.slice(0, 20));
    await locked(open, 'is damaged');
    writeFileSync(
      file,
      text.replace(/"wrappedKey":"(.)/, (_, letter) => `"wrappedKey":"${letter === 'A' ? 'B' : 'A'}`),
    );
    await locked(open, 'is damaged');
    writeFileSync(file, text);
    expect(await rows()).toEqual([7]);
    const here = readFileSync(path);
    rmSync(path);
    rmSync(file);
    await write();
    writeFileSync(path, here);
    await locked(open, 'does not open with the key beside it');
  });

  describe('where the database is that of an older version, in the clear,', () => {
    const plain = (keyId?: string) => {
      const database = new Database(path);
      database.exec('CREATE TABLE kept AS SELECT 7 AS number');
      if (keyId !== undefined)
        database.exec(`CREATE TABLE patient_key AS SELECT '${keyId}' AS keyEncryptionKeyId`);
      database.close();
    };

    it('encrypts it with a key made for it', async () => {
      plain();
      expect(await rows()).toEqual([7]);
      expect(await rows()).toEqual([7]);
      expect(readFileSync(path).includes('CREATE TABLE')).toBe(false);
    });

    it('touches nothing when the key is not the one that wraps what is stored', async () => {
      plain('0123456789abcdef');
      other('another');
      await locked(() => open('another'), 'not the one');
      await locked(() => open('missing'), 'is not there');
      expect(existsSync(source('missing').path)).toBe(false);
    });

    it('goes on with the same key when it was ended in between', async () => {
      plain();
      await open();
      const wrapped = readFileSync(join(dataDir, DATABASE_KEY_FILE), 'utf8');
      rmSync(path);
      plain();
      expect(await rows()).toEqual([7]);
      expect(readFileSync(join(dataDir, DATABASE_KEY_FILE), 'utf8')).toBe(wrapped);
    });

    it('leaves it as it is while another process works with it, and says so', async () => {
      plain();
      const before = readFileSync(path);
      const user = new Database(path);
      user.exec('BEGIN IMMEDIATE');
      await expect(open()).rejects.toThrow('another process works with it');
      user.exec('ROLLBACK');
      user.close();
      expect(readFileSync(path).equals(before)).toBe(true);
      expect(await rows()).toEqual([7]);
    });
  });
});
