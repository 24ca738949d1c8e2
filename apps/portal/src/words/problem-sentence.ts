import type { TFunction } from 'i18next';
import { OFFLINE, ProblemError } from '../api/problem.js';
import { problems as german } from '../messages/de/problems.js';

/**
 * The server's own sentence (`detail`) in English; in another language the catalogue's sentence for the code, where
 * there is one. Never empty.
 */
export function problemSentence(error: unknown, language: string, t: TFunction): string {
  if (!(error instanceof ProblemError)) return t('unexpected');
  if (error.code === OFFLINE) return t('unreachable');
  return noteSentence(error.code, error.detail, language) || t('unexpected');
}

/** The same for a code and its English sentence, as in the report of an import. */
export function noteSentence(code: string, detail: string, language: string): string {
  const translated = language.startsWith('de') ? german[code] : undefined;
  return translated ?? detail;
}
