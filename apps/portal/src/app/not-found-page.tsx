import { useNavigate } from '@tanstack/react-router';
import { FullPageNote } from '../parts/full-page-note.js';
import { useWords } from './use-words.js';

export function NotFoundPage() {
  const { t } = useWords();
  const navigate = useNavigate();
  return (
    <FullPageNote
      title={t('notFound.title')}
      text={t('notFound.text')}
      action={{ label: t('notFound.home'), onClick: () => void navigate({ to: '/' }) }}
    />
  );
}
