import { TextInput, type TextInputProps } from '@mantine/core';
import { useWords } from '../../app/use-words.js';

/** A birth date in the browser's own date field, which every device knows how to fill in. */
export function BirthDateInput(props: TextInputProps) {
  const { t } = useWords();
  return (
    <TextInput
      type="date"
      label={`${t('account.birthDate')} (${t('optional')})`}
      description={t('account.birthDateHint')}
      autoComplete="bday"
      min="1890-01-01"
      max={new Date().toISOString().slice(0, 10)}
      {...props}
    />
  );
}
