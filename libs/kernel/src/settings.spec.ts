import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseUrlOf, readSettings } from './settings.js';

describe('The settings of the key', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (env: Record<string, string> = {}) =>
    readSettings({ VITRINE_DATA_DIR: join(folder, 'data'), ...env }).vault;

  it('put it outside of the data root when nothing is said', () => {
    const { key, previousKey } = read();
    expect(key.kind).toBe('file');
    expect(key.path).toMatch(/^\/var\/lib\/vitrine\/keys\/[0-9a-f]{32}\.key$/);
    expect(previousKey).toBeUndefined();
  });

  it('take a file or a passphrase, now and before', () => {
    expect(
      read({ VITRINE_KEY_PASSPHRASE_FILE: '/etc/new', VITRINE_PREVIOUS_KEY_FILE: '/etc/old' }),
    ).toMatchObject({
      key: { kind: 'passphrase', path: '/etc/new' },
      previousKey: { kind: 'file', path: '/etc/old' },
    });
  });

  it('refuse a key that whoever takes the data root away would have as well', () => {
    mkdirSync(join(folder, 'data', 'inner'), { recursive: true });
    symlinkSync(join(folder, 'data', 'inner'), join(folder, 'link'));
    for (const path of ['data/key', 'data/inner/new/key', 'link/key', 'data/../data/key'])
      expect(() => read({ VITRINE_KEY_FILE: join(folder, path) })).toThrow('outside of the data folder');
    expect(read({ VITRINE_KEY_FILE: join(folder, 'data-keys') }).key.path).toBe(join(folder, 'data-keys'));
  });

  it('refuse two keys at once', () => {
    expect(() => read({ VITRINE_KEY_FILE: '/a', VITRINE_KEY_PASSPHRASE_FILE: '/b' })).toThrow('not both');
  });
});

describe('The settings of the database', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const url = 'postgresql://vitrine:secret@localhost/vitrine';
  const file = (text: string) => {
    writeFileSync(join(folder, 'url'), text);
    return { VITRINE_DATABASE_URL_FILE: join(folder, 'url') };
  };

  it('take the embedded one when nothing is said, an address, or a file with an address', () => {
    expect(databaseUrlOf({})).toBeUndefined();
    expect(databaseUrlOf({ VITRINE_DATABASE_URL: '' })).toBeUndefined();
    expect(databaseUrlOf({ VITRINE_DATABASE_URL: url })).toBe(url);
    expect(databaseUrlOf(file(`${url}\n`))).toBe(url);
  });

  it('begin no embedded database where the file is not there or empty', () => {
    expect(() => databaseUrlOf({ VITRINE_DATABASE_URL_FILE: join(folder, 'nowhere') })).toThrow(
      'cannot be read',
    );
    expect(() => databaseUrlOf(file('\n'))).toThrow('is empty');
  });

  it('refuse two addresses and what is none, and repeat no password', () => {
    expect(() => databaseUrlOf({ VITRINE_DATABASE_URL: url, ...file(url) })).toThrow('not both');
    for (const env of [{ VITRINE_DATABASE_URL: 'mysql://a:secret@b/c' }, file('vitrine:secret@b')]) {
      expect(() => databaseUrlOf(env)).toThrow('must begin with postgresql://');
      expect(() => databaseUrlOf(env)).not.toThrow('secret');
    }
  });
});
