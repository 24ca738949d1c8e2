import { Button, Group } from '@mantine/core';
import type { ItemKind } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { Empty } from '../../parts/empty.js';

interface Props {
  readonly search: string;
  readonly kind: ItemKind | undefined;
  readonly onAllKinds: () => void;
  readonly onClear: () => void;
}

/** Nothing found: what could be tried next, with a button for it. */
export function NoMatch({ search, kind, onAllKinds, onClear }: Props) {
  const { t } = useWords();
  return (
    <Empty
      title={search === '' ? t('record.noMatch.titleKind') : t('record.noMatch.title', { search })}
      text={
        kind === undefined
          ? t('record.noMatch.text')
          : t('record.noMatch.textKind', { kind: t(`record.only.${kind}`) })
      }
    >
      <Group gap="sm" justify="center">
        {kind !== undefined && <Button onClick={onAllKinds}>{t('record.noMatch.showAll')}</Button>}
        {search !== '' && (
          <Button variant="default" onClick={onClear}>
            {t('record.searchClear')}
          </Button>
        )}
      </Group>
    </Empty>
  );
}
