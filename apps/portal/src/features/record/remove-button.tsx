import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Ask } from '../../parts/ask.js';
import { useSay } from '../../parts/use-say.js';
import { useRemove } from './record-queries.js';

export function RemoveButton({ item }: { readonly item: Item }) {
  const { t } = useWords();
  const say = useSay();
  const navigate = useNavigate();
  const remove = useRemove();
  const [asking, setAsking] = useState(false);
  const yes = () =>
    remove.mutate(item, {
      onSuccess: () => {
        say.done(t('record.item.removed', { title: item.title }));
        void navigate({ to: '/record' });
      },
      onError: (error) => {
        setAsking(false);
        say.trouble(error);
      },
    });
  return (
    <div>
      <Button variant="transparent" color="red" px={0} onClick={() => setAsking(true)}>
        {t('record.remove')}
      </Button>
      <Ask
        opened={asking}
        title={t('record.item.removeTitle', { title: item.title })}
        text={t('record.item.removeText')}
        yes={t('record.item.removeYes')}
        danger
        busy={remove.isPending}
        onYes={yes}
        onNo={() => setAsking(false)}
      />
    </div>
  );
}
