import type { TFunction } from 'i18next';
import type { Item } from '../api/types.js';
import { longDate } from './times.js';

/** “This document names Eve Roe, born 1 May 1975. That is not what your account says.” */
export function mismatchSentence(
  { study, document }: Pick<Item, 'study' | 'document'>,
  language: string,
  t: TFunction,
): string {
  const about = study ?? document;
  const name = about?.patientName ?? '';
  const born = about?.patientBirthDate ?? '';
  const isDocument = document !== undefined;
  if (isDocument && name === '') return t('record.pending.mismatchUnnamed');
  if (born === '')
    return t(isDocument ? 'record.pending.mismatchDocument' : 'record.pending.mismatch', { name });
  return t(isDocument ? 'record.pending.mismatchDocumentBorn' : 'record.pending.mismatchBorn', {
    name,
    birth: longDate(born, language),
  });
}
