import { VisuallyHidden } from '@mantine/core';
import { useState } from 'react';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';

/** Says for screen readers which step has come and who came or left. */
export function Announcements({ session }: { readonly session: SessionView }) {
  const { t } = useWords();
  const [before, setBefore] = useState(session);
  const [words, setWords] = useState('');
  if (before !== session) {
    const said: string[] = [];
    if (before.step !== session.step) said.push(t(`viewer.step.${session.step}`));
    for (const { id, name, you } of session.participants)
      if (!you && !before.participants.some((one) => one.id === id)) said.push(t('viewer.joined', { name }));
    for (const { id, name, you } of before.participants)
      if (!you && !session.participants.some((one) => one.id === id)) said.push(t('viewer.left', { name }));
    setBefore(session);
    if (said.length > 0) setWords(said.join(' '));
  }
  return (
    <VisuallyHidden>
      <div aria-live="polite">{words}</div>
    </VisuallyHidden>
  );
}
