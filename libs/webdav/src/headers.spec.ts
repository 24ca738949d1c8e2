import { describe, expect, it } from '@jest/globals';
import { readDepth, readLockToken, readOverwrite, readTimeout } from './headers.js';
import { readIf } from './if-header.js';
import { hrefOf, readPath } from './path.js';
import { WebdavSyntaxError } from './syntax-error.js';

describe('a path', () => {
  it.each([
    ['/', []],
    ['/dav', ['dav']],
    ['/dav/a%20b/%C3%A4/', ['dav', 'a b', 'ä']],
    ['/a+b/100%25', ['a+b', '100%']],
    // macOS sends names decomposed.
    ['/a%CC%88', ['ä']],
    ['/a..b/...', ['a..b', '...']],
  ])('%s is %j', (path, names) => expect(readPath(path)).toEqual(names));

  it.each([
    '',
    'dav',
    '/dav//a',
    '/..',
    '/a/%2e%2e/b',
    '/a/.',
    '/a%2Fb',
    '/a%5Cb',
    '/a%00',
    '/a%0d%0a',
    '/%ff',
    '/%',
    '/a?b',
    '/a#b',
    `/${'a'.repeat(256)}`,
    '/a'.repeat(65),
  ])('%s is none', (path) => expect(() => readPath(path)).toThrow(WebdavSyntaxError));

  it('is written as it is read', () => {
    expect(hrefOf(['a b', 'ä&<%'], true)).toBe('/a%20b/%C3%A4%26%3C%25/');
    expect(hrefOf(['a'], false)).toBe('/a');
    expect(hrefOf([], true)).toBe('/');
    expect(readPath(hrefOf(['ä&<%?#', "'"], false))).toEqual(['ä&<%?#', "'"]);
  });
});

describe('If', () => {
  const token = (value: string, not = false) => ({ not, kind: 'token', value });
  const etag = (value: string, not = false) => ({ not, kind: 'etag', value });

  it.each([
    ['(<urn:a>)', [{ resource: undefined, conditions: [token('urn:a')] }]],
    [
      '(<urn:a> ["x"]) (Not <DAV:no-lock> [W/"y"])',
      [
        { resource: undefined, conditions: [token('urn:a'), etag('"x"')] },
        { resource: undefined, conditions: [token('DAV:no-lock', true), etag('W/"y"')] },
      ],
    ],
    [
      '<http://h/a> (<urn:a>)(not ["x"]) </b> (<urn:b>)',
      [
        { resource: 'http://h/a', conditions: [token('urn:a')] },
        { resource: 'http://h/a', conditions: [etag('"x"', true)] },
        { resource: '/b', conditions: [token('urn:b')] },
      ],
    ],
  ])('%s says what it says', (header, lists) => expect(readIf(header)).toEqual(lists));

  it.each([
    '',
    '()',
    '(<a>',
    '<a>',
    '(Not)',
    '(Not Not <a>)',
    '<a>)',
    '[a]',
    '("a")',
    '(<urn:a>) x',
    '(<a> '.repeat(5000),
  ])('%s is refused', (header) => expect(() => readIf(header)).toThrow(WebdavSyntaxError));
});

describe('other headers', () => {
  it('say how deep', () => {
    expect(readDepth(undefined, '0')).toBe('0');
    expect(readDepth('Infinity', '0')).toBe('infinity');
    expect(() => readDepth('2', '0')).toThrow(WebdavSyntaxError);
  });
  it('say whether to overwrite', () => {
    expect(readOverwrite(undefined)).toBe(true);
    expect(readOverwrite('F')).toBe(false);
    expect(() => readOverwrite('maybe')).toThrow(WebdavSyntaxError);
  });
  it.each([
    [undefined, 100],
    ['Infinite, Second-4100000000', 100],
    ['Second-4100000000', 100],
    ['Extend, Second-10', 10],
    ['Second-0', 1],
    ['Second-x', 100],
  ])('say how long: %s', (header, seconds) => expect(readTimeout(header, 100)).toBe(seconds));
  it('name a lock', () => {
    expect(readLockToken('<urn:uuid:1>')).toBe('urn:uuid:1');
    expect(() => readLockToken('urn:uuid:1')).toThrow(WebdavSyntaxError);
    expect(() => readLockToken(undefined)).toThrow(WebdavSyntaxError);
  });
});
