import { describe, expect, it } from '@jest/globals';
import { bytes, initials } from './sizes.js';

describe('bytes', () => {
  it.each([
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_250, '1.3 kB'],
    [14_294_870, '14 MB'],
    [1_200_000_000, '1.2 GB'],
  ])('says %d as “%s”', (count, words) => expect(bytes(count, 'en-GB')).toBe(words));

  it('writes the German comma', () => expect(bytes(1_200_000, 'de-DE')).toMatch(/^1,2\sMB$/));
});

describe('initials', () => {
  it.each([
    ['Anna Maria Weiss', 'AW'],
    ['Dr. Élodie Øst', 'ÉØ'],
    ['Weber', 'W'],
    ['  ', '?'],
  ])('makes of “%s” %s', (name, letters) => expect(initials(name)).toBe(letters));
});
