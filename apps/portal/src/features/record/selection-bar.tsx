import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import type { Item } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { SharePanel } from '../share/share-panel.js';
import { useOpen } from './use-open.js';
import classes from './selection-bar.module.css';

interface Props {
  readonly items: readonly Item[];
  readonly onDone: () => void;
}

/** More ids do not fit into an address. */
const DOWNLOADED_AT_ONCE = 200;

/** What can be done with several things at once; stays in sight while one scrolls. */
export function SelectionBar({ items, onDone }: Props) {
  const { t } = useWords();
  const open = useOpen();
  const [sharing, setSharing] = useState(false);
  const downloadable = items.length > 0 && items.length <= DOWNLOADED_AT_ONCE;
  const itemIds = items.map((item) => item.id);
  return (
    <div className={classes['bar']} role="region" aria-label={t('record.selected', { count: items.length })}>
      <Text fw={600} aria-live="polite" flex="1 1 8rem">
        {t('record.selected', { count: items.length })}
      </Text>
      <div className={classes['acts']}>
        <Button disabled={items.length === 0} loading={open.isPending} onClick={() => open.open({ itemIds })}>
          {t('record.openTogether')}
        </Button>
        <Button variant="default" disabled={items.length === 0} onClick={() => setSharing(true)}>
          {t('record.shareTogether')}
        </Button>
        <Button
          variant="default"
          disabled={!downloadable}
          component="a"
          download
          // A link without an address is none for the keyboard either.
          {...(downloadable ? { href: `/api/record/export?items=${itemIds.join(',')}` } : {})}
        >
          {t('record.downloadTogether')}
        </Button>
      </div>
      <Button variant="subtle" onClick={onDone}>
        {t('cancel')}
      </Button>
      {items.length > DOWNLOADED_AT_ONCE && (
        <Text c="dimmed" w="100%">
          {t('record.downloadTooMany', { count: DOWNLOADED_AT_ONCE })}
        </Text>
      )}
      {open.question}
      <SharePanel
        opened={sharing}
        onClose={() => setSharing(false)}
        what={{ itemIds, imaging: items.every((item) => item.kind === 'imaging') }}
      />
    </div>
  );
}
