import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useHash } from '../../parts/use-hash.js';
import { api } from '../../api/api.js';
import type { Visit } from '../../api/types.js';
import { FullPageNote } from '../../parts/full-page-note.js';
import { useWords } from '../../app/use-words.js';
import { InvitedDoor } from './invited-door.js';
import { RefusedDoor } from './refused-door.js';
import { VisitView } from './visit-view.js';
import { WelcomeBackDoor } from './welcome-back-door.js';
import { whatIsShown } from './which-door.js';

/** Where an invitation leads: the door, and behind it the view. */
export function VisitPage() {
  const { t } = useWords();
  const secret = useHash();
  const queryClient = useQueryClient();
  const [visit, setVisit] = useState<Visit | null>(null);
  const earlier = useQuery({
    queryKey: ['visit'],
    queryFn: api.visit.get,
    enabled: secret === '' && visit === null,
    retry: false,
    meta: { visitor: true },
  });
  const shown = whatIsShown(secret, visit);
  const enter = (next: Visit) => {
    // Whoever comes back to this tab is the last one who was let in.
    queryClient.setQueryData(['visit'], next);
    setVisit(next);
  };
  if (shown.door === 'invited') return <InvitedDoor key={shown.secret} secret={shown.secret} onIn={enter} />;
  if (shown.door === 'view') return <VisitView visit={shown.visit} onLeft={() => setVisit(null)} />;
  if (earlier.isPending) return null;
  if (earlier.isError)
    return earlier.error.message === '' ? (
      <FullPageNote title={t('visit.none.title')} text={t('visit.none.text')} />
    ) : (
      <RefusedDoor error={earlier.error} title={t('visit.none.title')} text={t('visit.none.text')} />
    );
  return <WelcomeBackDoor visit={earlier.data} onIn={setVisit} />;
}
