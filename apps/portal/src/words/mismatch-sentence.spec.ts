import { describe, expect, it } from '@jest/globals';
import type { Item } from '../api/types.js';
import { catalogue } from '../messages/catalogue.js';
import { mismatchSentence } from './mismatch-sentence.js';

const about = (patientName: string, patientBirthDate: string) => ({
  institution: '',
  patientName,
  patientBirthDate,
  mismatch: 'unconfirmed' as const,
});
const english = (item: Pick<Item, 'study' | 'document'>): string =>
  mismatchSentence(item, 'en-GB', catalogue('en').t);

describe('mismatchSentence', () => {
  it('names whom a document is about, with the birth date where it tells one', () => {
    expect(english({ document: about('Eve Roe', '1975-05-01') })).toBe(
      'This document names Eve Roe, born 1 May 1975. That is not what your account says.',
    );
    expect(english({ document: about('Eve Roe', '') })).toBe(
      'This document names Eve Roe. That is not what your account says.',
    );
  });

  it('says so where a document names nobody or several', () =>
    expect(english({ document: about('', '') })).toBe(
      'This document is about somebody else, or about several people.',
    ));
});
