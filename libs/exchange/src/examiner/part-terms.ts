import { contextOf, derivedKey, type SealingTerms } from '@vitrine/sealing';
import type { KeyObject } from 'node:crypto';

/** How the file with this number is sealed that came out of an archive. */
export function partTerms(key: KeyObject, part: number): SealingTerms {
  const context = contextOf('part', part);
  return { key: derivedKey(key, context), context };
}
