import { describe, expect, it } from '@jest/globals';
import { matches } from './matches.js';

const study = {
  '00080020': ['20250612'],
  '00080030': ['101500.25'],
  '00080050': ['SYN-0001'],
  '00080061': ['CT', 'SR'],
  '00100010': ['Müller^Jörg^^Dr.=山田^太郎'],
  '0020000D': ['1.2.3'],
  '00200011': ['7 '],
};
const asks = (tag: string, vr: string, value: string) => matches(study, [{ tag, vr, value }]);

describe('matches', () => {
  it.each([
    ['a value that is equal', '00080050', 'SH', 'SYN-0001'],
    ['nothing at all', '00080050', 'SH', ''],
    ['a lone star, also where there is no value', '00081030', 'LO', '*'],
    ['a star', '00080050', 'SH', 'SYN*1'],
    ['a question mark', '00080050', 'SH', 'SYN-000?'],
    ['one value of several', '00080061', 'CS', 'SR'],
    ['a UID of a list in DIMSE', '0020000D', 'UI', '1.9\\1.2.3'],
    ['a UID of a list in DICOMweb', '0020000D', 'UI', '1.9,1.2.3'],
    ['a day', '00080020', 'DA', '20250612'],
    ['a range of days', '00080020', 'DA', '20250601-20250612'],
    ['a range that is open before', '00080020', 'DA', '-20250612'],
    ['a range that is open after', '00080020', 'DA', '20250612-'],
    ['a day as old files write it', '00080020', 'DA', '2025.06.12'],
    ['an hour', '00080030', 'TM', '10'],
    ['a range of times', '00080030', 'TM', '0900-1015'],
    ['a number', '00200011', 'IS', '7'],
    ['a name without case and accents', '00100010', 'PN', 'MULLER^jorg*'],
    ['a name in another script', '00100010', 'PN', '山田*'],
  ])('finds %s', (_, tag, vr, value) => expect(asks(tag, vr, value)).toBe(true));

  it.each([
    ['another value', '00080050', 'SH', 'SYN-0002'],
    ['the beginning of a value', '00080050', 'SH', 'SYN'],
    ['a value that is not there', '00081030', 'LO', 'Head'],
    ['a question mark for nothing', '00080050', 'SH', 'SYN-0001?'],
    ['other case in a code', '00080061', 'CS', 'ct'],
    ['another UID', '0020000D', 'UI', '1.2'],
    ['a wildcard in a UID', '0020000D', 'UI', '1.2.*'],
    ['the day before', '00080020', 'DA', '-20250611'],
    ['the day after', '00080020', 'DA', '20250613-'],
    ['a later hour', '00080030', 'TM', '11-'],
    ['part of a name', '00100010', 'PN', 'Müller'],
  ])('does not find %s', (_, tag, vr, value) => expect(asks(tag, vr, value)).toBe(false));

  it('wants all keys to match', () => {
    const keys = [
      { tag: '00080061', vr: 'CS', value: 'CT' },
      { tag: '0020000D', vr: 'UI', value: '1.2.3' },
    ];
    expect(matches(study, keys)).toBe(true);
    expect(matches(study, [...keys, { tag: '00080050', vr: 'SH', value: 'x' }])).toBe(false);
  });

  it('is not held up by a pattern made of stars', () => {
    const began = performance.now();
    const value = `${'*a'.repeat(2_000)}b`;
    expect(matches({ '00081030': ['a'.repeat(10_000)] }, [{ tag: '00081030', vr: 'LO', value }])).toBe(false);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
