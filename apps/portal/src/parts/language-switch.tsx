import { Button } from '@mantine/core';
import { chooseLanguage } from '../app/language.js';
import { useWords } from '../app/use-words.js';
import { LANGUAGES, type Language } from '../messages/catalogue.js';

/** One button that names the other language in its own words. */
export function LanguageSwitch() {
  const { language } = useWords();
  const other: Language = language.startsWith('de') ? 'en' : 'de';
  return (
    <Button variant="subtle" color="gray" c="dimmed" lang={other} onClick={() => chooseLanguage(other)}>
      {LANGUAGES[other]}
    </Button>
  );
}
