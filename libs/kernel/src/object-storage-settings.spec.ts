import { describe, expect, it } from '@jest/globals';
import { objectStorageOf } from './object-storage-settings.js';

const INSTALLATION = 'a'.repeat(32);
const SET = {
  VITRINE_S3_ENDPOINT: 'https://s3.example.org',
  VITRINE_S3_BUCKET: 'records',
  VITRINE_S3_CREDENTIALS_FILE: '/etc/vitrine/s3',
};
const read = (env: Record<string, string>) => objectStorageOf(env, '/srv/vitrine', INSTALLATION);

describe('The settings of object storage', () => {
  it('leave the local folder in use when nothing is said', () => {
    expect(read({})).toBeUndefined();
    expect(read({ VITRINE_S3_ENDPOINT: '', VITRINE_S3_BUCKET: '' })).toBeUndefined();
  });

  it('give each installation a prefix of its own', () => {
    expect(read(SET)).toEqual({
      endpoint: 'https://s3.example.org',
      region: 'us-east-1',
      bucket: 'records',
      prefix: INSTALLATION,
      pathStyle: true,
      credentialsFile: '/etc/vitrine/s3',
    });
    const more = { VITRINE_S3_PREFIX: 'a/b', VITRINE_S3_REGION: 'eu', VITRINE_S3_PATH_STYLE: '0' };
    expect(read({ ...SET, ...more })).toMatchObject({ prefix: 'a/b', region: 'eu', pathStyle: false });
  });

  it.each(Object.keys(SET))('are refused without %s', (name) => {
    expect(() => read({ ...SET, [name]: '' })).toThrow('only of use together');
  });

  it.each([
    ['VITRINE_S3_ENDPOINT', 'http://s3.example.org', 'must begin with https://'],
    ['VITRINE_S3_ENDPOINT', 'ftp://127.0.0.1', 'must begin with https://'],
    ['VITRINE_S3_ENDPOINT', 'https://s3.example.org/bucket', 'an address like'],
    ['VITRINE_S3_ENDPOINT', 's3.example.org', 'an address like'],
    ['VITRINE_S3_ENDPOINT', 'https://id:secret@s3.example.org', 'an address like'],
    ['VITRINE_S3_BUCKET', 'Records', 'name of a bucket'],
    ['VITRINE_S3_BUCKET', '../x', 'name of a bucket'],
    ['VITRINE_S3_PREFIX', '/a', 'names with "/"'],
    ['VITRINE_S3_PREFIX', 'a/../b', 'names with "/"'],
    ['VITRINE_S3_PATH_STYLE', 'yes', '0 or 1'],
    ['VITRINE_S3_CREDENTIALS_FILE', '/srv/vitrine/s3', 'outside of the data folder'],
  ])('refuse %s=%s', (name, value, sentence) => {
    expect(() => read({ ...SET, [name]: value })).toThrow(sentence);
  });

  it('take plain HTTP on this machine only', () => {
    for (const host of ['127.0.0.1:8080', 'localhost:9000', '[::1]:80'])
      expect(read({ ...SET, VITRINE_S3_ENDPOINT: `http://${host}` })?.endpoint).toMatch(/^http:/);
  });
});
