import i18next, { type i18n } from 'i18next';
import { de } from './de/index.js';
import { en } from './en/index.js';

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (text: unknown): text is Language => text === 'en' || text === 'de';

/** The catalogues in one language; the texts are part of the bundle, so nothing has to be fetched. */
export function catalogue(language: Language): i18n {
  const instance = i18next.createInstance();
  void instance.init({
    lng: language,
    fallbackLng: 'en',
    ns: ['portal'],
    defaultNS: 'portal',
    resources: { en: { portal: en }, de: { portal: de } },
    initAsync: false,
    showSupportNotice: false,
    // React escapes what it renders; escaping twice would show entities to people.
    interpolation: { escapeValue: false },
  });
  return instance;
}
