import { Title } from '@mantine/core';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { PendingCard } from './pending-card.js';
import classes from './pending.module.css';

/** What others sent and what was saved in viewers, above everything else, until the patient says yes or no. */
export function PendingDeposits({ items }: { readonly items: readonly Item[] }) {
  const isSaved = (item: Item) => item.from?.kind === 'viewer';
  return (
    <>
      <Section id="pending" title="record.pending.title" items={items.filter((item) => !isSaved(item))} />
      <Section id="saved" title="record.pending.titleSaved" items={items.filter(isSaved)} />
    </>
  );
}

interface SectionProps {
  readonly id: string;
  readonly title: 'record.pending.title' | 'record.pending.titleSaved';
  readonly items: readonly Item[];
}

function Section({ id, title, items }: SectionProps) {
  const { t } = useWords();
  if (items.length === 0) return null;
  return (
    <section aria-labelledby={id} className={classes['section']}>
      <Title order={2} id={id}>
        {t(title)}
      </Title>
      {items.map((item) => (
        <PendingCard key={item.id} item={item} />
      ))}
    </section>
  );
}
