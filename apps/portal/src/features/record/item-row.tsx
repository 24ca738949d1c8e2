import { Button, Checkbox } from '@mantine/core';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { PlainLink } from '../../parts/plain-link.js';
import { itemLine } from '../../words/item-words.js';
import { number } from '../../words/sizes.js';
import { Thumbnail } from './thumbnail.js';
import { useOpen } from './use-open.js';
import classes from './item-row.module.css';

interface Props {
  readonly item: Item;
  /** undefined while nothing is being selected. */
  readonly selected: boolean | undefined;
  readonly onSelect: (id: string, selected: boolean) => void;
}

/** One thing in the record: what it is, and one verb. */
export function ItemRow({ item, selected, onSelect }: Props) {
  const { t, language } = useWords();
  const open = useOpen();
  return (
    <li className={classes['row']} data-selected={selected === true || undefined}>
      {selected !== undefined && (
        <Checkbox
          size="lg"
          checked={selected}
          onChange={(event) => onSelect(item.id, event.currentTarget.checked)}
          aria-label={t('record.selectItem', { title: item.title })}
          classNames={{ body: classes['check'] ?? '' }}
        />
      )}
      <PlainLink to="/record/$itemId" params={{ itemId: item.id }} className={classes['link'] ?? ''}>
        <Thumbnail item={item} />
        <span className={classes['words']}>
          <span className={classes['title']}>{item.title}</span>
          <span className={classes['line']}>{itemLine(item, language, t)}</span>
          {item.damagedFiles > 0 && (
            <span className={classes['damaged']}>
              {t('record.item.damagedShort', {
                count: item.damagedFiles,
                number: number(item.damagedFiles, language),
              })}
            </span>
          )}
          {item.study?.institution && <span className={classes['line']}>{item.study.institution}</span>}
        </span>
      </PlainLink>
      {selected === undefined && (
        <Button
          className={classes['open'] ?? ''}
          loading={open.isPending}
          onClick={() => open.open({ itemIds: [item.id] })}
          aria-label={t('record.openNamed', { title: item.title })}
        >
          {t('record.open')}
        </Button>
      )}
      {open.question}
    </li>
  );
}
