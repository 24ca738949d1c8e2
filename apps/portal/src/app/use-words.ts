import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { problemSentence } from '../words/problem-sentence.js';

const HOME_LOCALE: Record<string, string> = { en: 'en-GB', de: 'de-DE' };

/** The catalogue's language as the reader's own browser writes it: “14 September” or “September 14”. */
const localeOf = (language: string): string =>
  navigator.languages.find((spoken) => spoken.startsWith(`${language}-`)) ??
  HOME_LOCALE[language] ??
  language;

/** The catalogue in the reader's language, and the sentence for whatever went wrong. */
export function useWords(): { t: TFunction; language: string; sentenceOf: (error: unknown) => string } {
  const { t, i18n } = useTranslation();
  return {
    t,
    language: localeOf(i18n.language),
    sentenceOf: (error) => problemSentence(error, i18n.language, t),
  };
}
