import { SegmentedControl } from '@mantine/core';
import type { Item, ItemKind } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';

const KINDS = ['imaging', 'document', 'genome'] as const;

interface Props {
  readonly items: readonly Item[];
  readonly kind: ItemKind | undefined;
  readonly onKind: (kind: ItemKind | undefined) => void;
}

/** Shows one kind of thing only; nothing where the record has one kind anyhow. */
export function KindFilter({ items, kind, onKind }: Props) {
  const { t } = useWords();
  const there = KINDS.filter((one) => one === kind || items.some((item) => item.kind === one));
  if (there.length < 2) return null;
  return (
    <SegmentedControl
      aria-label={t('record.filter')}
      value={kind ?? 'all'}
      onChange={(chosen) => onKind(KINDS.find((one) => one === chosen))}
      data={[
        { value: 'all', label: t('record.all') },
        ...there.map((value) => ({ value, label: t(`record.only.${value}`) })),
      ]}
    />
  );
}
