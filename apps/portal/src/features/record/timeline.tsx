import { Title } from '@mantine/core';
import type { Item } from '../../api/types.js';
import { dayOf } from '../../words/item-words.js';
import { ItemRow } from './item-row.js';
import classes from './timeline.module.css';

interface Props {
  readonly items: readonly Item[];
  readonly selection: ReadonlySet<string> | null;
  readonly onSelect: (id: string, selected: boolean) => void;
}

/** What is in the record, by year, latest first. */
export function Timeline({ items, selection, onSelect }: Props) {
  return (
    <>
      {byYear(items).map(([year, ofYear]) => (
        <section key={year} aria-labelledby={`year-${year}`}>
          <Title order={2} id={`year-${year}`} className={classes['year'] ?? ''}>
            {year}
          </Title>
          <ul className={classes['list']}>
            {ofYear.map((item) => (
              <ItemRow key={item.id} item={item} selected={selection?.has(item.id)} onSelect={onSelect} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

function byYear(items: readonly Item[]): [string, Item[]][] {
  const years = new Map<string, Item[]>();
  for (const item of items) {
    const year = dayOf(item).slice(0, 4);
    const list = years.get(year);
    if (list === undefined) years.set(year, [item]);
    else list.push(item);
  }
  return [...years].sort(([one], [other]) => other.localeCompare(one));
}
