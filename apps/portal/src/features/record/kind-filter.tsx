import { Button, Group } from '@mantine/core';
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
  const choices = [undefined, ...there] as const;
  return (
    <Group role="group" aria-label={t('record.filter')} gap="xs">
      {choices.map((one) => (
        <Button
          key={one ?? 'all'}
          px="md"
          variant={one === kind ? 'light' : 'subtle'}
          aria-pressed={one === kind}
          onClick={() => onKind(one)}
        >
          {one === undefined ? t('record.all') : t(`record.only.${one}`)}
        </Button>
      ))}
    </Group>
  );
}
