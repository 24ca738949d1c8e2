import { useNavigate } from '@tanstack/react-router';
import { FullPageNote } from '../parts/full-page-note.js';
import { useWords } from './use-words.js';

export function NotAllowedPage() {
  const { t } = useWords();
  const navigate = useNavigate();
  return (
    <FullPageNote
      title={t('notAllowed.title')}
      text={t('notAllowed.text')}
      action={{ label: t('notFound.home'), onClick: () => void navigate({ to: '/' }) }}
    />
  );
}
