import { Title } from '@mantine/core';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { PendingCard } from './pending-card.js';
import classes from './pending.module.css';

/** What others sent, above everything else, until the patient says yes or no. */
export function PendingDeposits({ items }: { readonly items: readonly Item[] }) {
  const { t } = useWords();
  if (items.length === 0) return null;
  return (
    <section aria-labelledby="pending" className={classes['section']}>
      <Title order={2} id="pending">
        {t('record.pending.title')}
      </Title>
      {items.map((item) => (
        <PendingCard key={item.id} item={item} />
      ))}
    </section>
  );
}
