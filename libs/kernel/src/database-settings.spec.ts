import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { databaseUrlOf } from './database-settings.js';

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
