import { catalogue, isLanguage, type Language } from '../messages/catalogue.js';

const KEY = 'vitrine.language';

function first(): Language {
  const chosen = localStorage.getItem(KEY);
  if (isLanguage(chosen)) return chosen;
  const spoken = navigator.languages.map((language) => language.slice(0, 2)).find(isLanguage);
  return spoken ?? 'en';
}

export const messages = catalogue(first());
document.documentElement.lang = messages.language;

export function chooseLanguage(language: Language): void {
  localStorage.setItem(KEY, language);
  document.documentElement.lang = language;
  void messages.changeLanguage(language);
}
