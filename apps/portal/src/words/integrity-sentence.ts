import type { TFunction } from 'i18next';
import type { Integrity } from '../api/types.js';
import { number } from './sizes.js';
import { longDate } from './times.js';

/** “All 243 files intact, checked on 24 November 2026.” */
export function integritySentence(integrity: Integrity, language: string, t: TFunction): string {
  const { files, intact, damaged, checkedAt } = integrity;
  if (damaged > 0) return t('record.whole.damaged', { count: damaged, number: number(damaged, language) });
  const counted = { count: files, number: number(files, language) };
  if (checkedAt !== null) return t('record.whole.intact', { ...counted, day: longDate(checkedAt, language) });
  if (intact === 0) return t('record.whole.none', counted);
  return t('record.whole.partly', { ...counted, intact: number(intact, language) });
}
