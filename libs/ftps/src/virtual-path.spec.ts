import { describe, expect, it } from '@jest/globals';
import { quotedPath, resolvePath } from './virtual-path.js';

describe('a path of a client', () => {
  it.each([
    ['b.dcm', ['a', 'b.dcm']],
    ['/b.dcm', ['b.dcm']],
    ['../b', ['b']],
    ['../../../../etc/passwd', ['etc', 'passwd']],
    ['/..', []],
    ['./x//y/', ['a', 'x', 'y']],
    ['..\\..\\x', ['a', '..\\..\\x']],
    ['a name with spaces', ['a', 'a name with spaces']],
  ])('%s leads to %j', (argument, names) => {
    expect(resolvePath(['a'], argument)).toEqual(names);
  });

  it.each([
    '',
    'nul\0',
    'line\rbreak',
    'x'.repeat(256),
    'ü'.repeat(128),
    Array(65).fill('x').join('/'),
    Array(6).fill('x'.repeat(200)).join('/'),
  ])('is refused: %j', (argument) => {
    expect(resolvePath([], argument)).toBeUndefined();
  });

  it('is told in quotes', () => {
    expect(quotedPath([])).toBe('"/"');
    expect(quotedPath(['a "b"', 'c'])).toBe('"/a ""b""/c"');
  });
});
