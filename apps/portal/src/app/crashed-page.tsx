import { FullPageNote } from '../parts/full-page-note.js';
import { useWords } from './use-words.js';

export function CrashedPage() {
  const { t } = useWords();
  return (
    <FullPageNote
      title={t('crashed.title')}
      text={t('crashed.text')}
      action={{ label: t('crashed.reload'), onClick: () => window.location.reload() }}
    />
  );
}
