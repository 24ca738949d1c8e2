import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { problemSentence } from '../words/problem-sentence.js';

/** The catalogue in the reader's language, and the sentence for whatever went wrong. */
export function useWords(): { t: TFunction; language: string; sentenceOf: (error: unknown) => string } {
  const { t, i18n } = useTranslation();
  return {
    t,
    language: i18n.language,
    sentenceOf: (error) => problemSentence(error, i18n.language, t),
  };
}
