import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSettings } from './settings.js';

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

describe('The settings of the FTPS drop', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vitrine-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (env: Record<string, string>) => readSettings({ VITRINE_DATA_DIR: folder, ...env }).ftps;
  const tls = { VITRINE_FTPS_TLS_KEY: '/etc/key', VITRINE_FTPS_TLS_CERT: '/etc/cert' };

  it('leave it closed when nothing is said', () => {
    expect(read(tls)).toBeUndefined();
  });

  it('name port, certificate and ports for data', () => {
    const all = {
      ...tls,
      VITRINE_FTPS_PORT: '2121',
      VITRINE_FTPS_PASSIVE_PORTS: '40000-40099',
      VITRINE_FTPS_PASSIVE_ADDRESS: '192.0.2.7',
    };
    expect(read(all)).toEqual({
      host: '127.0.0.1',
      port: 2121,
      tls: { key: '/etc/key', cert: '/etc/cert' },
      passivePorts: { from: 40_000, to: 40_099 },
      passiveAddress: '192.0.2.7',
    });
  });

  it.each([
    [{}, 'no FTP without TLS'],
    [{ VITRINE_FTPS_TLS_KEY: '/etc/key' }, 'no FTP without TLS'],
    [{ ...tls, VITRINE_FTPS_PASSIVE_PORTS: '40099-40000' }, 'like 40000-40099'],
    [{ ...tls, VITRINE_FTPS_PASSIVE_PORTS: '40000' }, 'like 40000-40099'],
    [{ ...tls, VITRINE_FTPS_PASSIVE_PORTS: '65000-70000' }, 'like 40000-40099'],
    [{ ...tls, VITRINE_FTPS_PASSIVE_ADDRESS: 'ftp.example.org' }, 'IPv4 address'],
  ])('refuse %j', (env, sentence) => {
    expect(() => read({ VITRINE_FTPS_PORT: '2121', ...env })).toThrow(sentence);
  });
});
