import { createDecipheriv, createHmac, createSecretKey, pbkdf2Sync, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Database from 'better-sqlite3-multiple-ciphers';
import { databaseAt, TEST_DATABASE_KEY } from '../testing/index.js';
import { DATABASE_FILE } from './data-source.js';
import { encryptDatabase } from './encrypt-database.js';
import { kindOfDatabase, openSqlite } from './sqlite-file.js';

jest.setTimeout(120_000);

const NAME = 'Rosalind Franklin';
const CHILD = resolve(import.meta.dirname, '../testing/encrypt-until-killed.ts');

describe('The embedded database', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-encrypted-'));
    path = join(folder, DATABASE_FILE);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  // Also where the tests use PostgreSQL.
  const embedded = (key = TEST_DATABASE_KEY) => databaseAt({ dataDir: folder, key }, []);
  const inTheClear = () =>
    readdirSync(folder).filter((name) => {
      const bytes = readFileSync(join(folder, name));
      return bytes.includes(NAME) || bytes.includes('CREATE TABLE');
    });

  it('shows no word of what is in it, neither in the file nor in its log', async () => {
    const { dataSource, close } = await embedded();
    await dataSource.query(`INSERT INTO record_search VALUES ('1', '2', '${NAME}')`);
    expect(readdirSync(folder).sort()).toEqual([
      DATABASE_FILE,
      `${DATABASE_FILE}-shm`,
      `${DATABASE_FILE}-wal`,
    ]);
    expect(readFileSync(`${path}-wal`).length).toBeGreaterThan(4096);
    expect(inTheClear()).toEqual([]);
    await dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(inTheClear()).toEqual([]);
    await close();
    expect(inTheClear()).toEqual([]);
  });

  it('keeps what does not fit into memory out of temporary files', async () => {
    const { dataSource, close } = await embedded();
    expect(await dataSource.query('PRAGMA temp_store')).toEqual([{ temp_store: 2 }]);
    await close();
  });

  // With the words of SQLCipher's own description and nothing of the library that wrote it.
  it('is what SQLCipher 4 writes: AES-256 and a HMAC with the number of each page', async () => {
    await (await embedded()).close();
    const page = readFileSync(path).subarray(0, 4096);
    const key = TEST_DATABASE_KEY.export();
    const salt = page.subarray(0, 16);
    const [body, iv, hmac] = [page.subarray(16, 4016), page.subarray(4016, 4032), page.subarray(4032)];
    const hmacKey = pbkdf2Sync(key, Buffer.from(salt.map((byte) => byte ^ 0x3a)), 2, 32, 'sha512');
    const number = Buffer.from([1, 0, 0, 0]);
    const sum = createHmac('sha512', hmacKey).update(body).update(iv).update(number).digest();
    expect(sum.equals(hmac)).toBe(true);
    const plain = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false).update(body);
    // Behind the salt, which stands where every SQLite file begins with the same words: the size of a page.
    expect(plain.readUInt16BE(0)).toBe(4096);
  });

  it('opens with no other key and without none', async () => {
    await (await embedded()).close();
    const before = readFileSync(path);
    const other = createSecretKey(randomBytes(32));
    expect(() => openSqlite(path, other)).toThrow('not a database');
    await expect(embedded(other)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' });
    expect(() => new Database(path).pragma('schema_version')).toThrow('not a database');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuses a page that was put in another’s place', async () => {
    await (await embedded()).close();
    const bytes = readFileSync(path);
    const second = Buffer.from(bytes.subarray(4096, 8192));
    bytes.copy(bytes, 4096, 8192, 12288);
    second.copy(bytes, 8192);
    writeFileSync(path, bytes);
    const database = openSqlite(path, TEST_DATABASE_KEY);
    expect(() => database.pragma('quick_check')).toThrow();
    database.close();
  });

  describe('of an older version, in the clear', () => {
    /** With a log that was not written back, as a process that was killed leaves it. */
    function plain(rows: number): void {
      const database = new Database(path);
      database.pragma('journal_mode = WAL');
      database.exec(
        `CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
         CREATE INDEX by_name ON person (name);
         CREATE VIRTUAL TABLE words USING fts5(name);
         CREATE TRIGGER kept BEFORE DELETE ON person BEGIN SELECT RAISE(ABORT, 'kept'); END`,
      );
      const add = database.prepare('INSERT INTO person (name) VALUES (?)');
      database.transaction(() => {
        for (let row = 0; row < rows; row++) add.run(`${NAME} ${row} ${'x'.repeat(200)}`);
        database.exec(`INSERT INTO words VALUES ('${NAME}')`);
      })();
      const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
      database.close();
      writeFileSync(path, file);
      writeFileSync(`${path}-wal`, log);
    }
    function content() {
      const database = openSqlite(path, TEST_DATABASE_KEY);
      const one = (sql: string) => database.prepare(sql).pluck().get();
      const found = {
        rows: one('SELECT count(*) FROM person'),
        words: one("SELECT count(*) FROM words WHERE words MATCH 'rosalind'"),
        last: one('SELECT name FROM person ORDER BY id DESC LIMIT 1'),
      };
      expect(() => database.exec('DELETE FROM person')).toThrow('kept');
      database.close();
      return found;
    }
    const whole = (rows: number) => ({
      rows,
      words: 1,
      last: expect.stringContaining(`${NAME} ${rows - 1} `) as unknown,
    });

    it('is encrypted with all that is in it, and nothing in the clear is left', async () => {
      plain(1000);
      expect(inTheClear()).not.toEqual([]);
      expect(await kindOfDatabase(path)).toBe('plain');
      await encryptDatabase(path, TEST_DATABASE_KEY);
      expect(await kindOfDatabase(path)).toBe('encrypted');
      expect(readdirSync(folder)).toEqual([DATABASE_FILE]);
      expect(inTheClear()).toEqual([]);
      expect(content()).toEqual(whole(1000));
    });

    it('stays as it is while another process has it open', async () => {
      plain(10);
      const other = new Database(path);
      other.prepare('SELECT count(*) FROM person').get();
      await expect(encryptDatabase(path, TEST_DATABASE_KEY)).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
      expect(other.prepare('SELECT count(*) FROM person').pluck().get()).toBe(10);
      other.close();
      await encryptDatabase(path, TEST_DATABASE_KEY);
      expect(content()).toEqual(whole(10));
    });

    it.each([
      ['as it begins', () => true],
      ['with a copy begun', () => beginning(copy()) !== undefined],
      ['with a copy half encrypted', () => beginning(copy()) === 'encrypted'],
      ['with the copy in its place', () => beginning(path) === 'encrypted'],
    ])('is whole and encrypted at the next start when the process was killed %s', async (_, reached) => {
      const rows = 10_000;
      plain(rows);
      await killedWhen(reached);
      const kind = await kindOfDatabase(path);
      if (kind === 'plain') await encryptDatabase(path, TEST_DATABASE_KEY);
      expect(content()).toEqual(whole(rows));
      expect(readdirSync(folder)).toEqual([DATABASE_FILE]);
      expect(inTheClear()).toEqual([]);
    });

    const copy = () => `${path}.encrypting`;
    function beginning(file: string): 'plain' | 'encrypted' | undefined {
      if (!existsSync(file)) return undefined;
      const bytes = readFileSync(file).subarray(0, 6).toString();
      if (bytes === '') return undefined;
      return bytes === 'SQLite' ? 'plain' : 'encrypted';
    }

    const killedWhen = (reached: () => boolean): Promise<void> =>
      new Promise((done, failed) => {
        const child = spawn(process.execPath, ['--import', '#typescript', CHILD, path], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        child.stdout.once('data', () => {
          const look = setInterval(() => {
            if (!reached() && child.exitCode === null) return;
            clearInterval(look);
            child.kill('SIGKILL');
          }, 1);
        });
        child.once('close', (code) => {
          if (code === null || code === 0) done();
          else failed(new Error(`the process ended with ${code}`));
        });
      });
  });
});
