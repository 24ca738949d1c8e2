import { useNetwork } from '@mantine/hooks';
import { useWords } from './use-words.js';
import classes from './offline-note.module.css';

/** Says that the network is away, for as long as it is. */
export function OfflineNote() {
  const { t } = useWords();
  const { online } = useNetwork();
  return <div role="status">{!online && <p className={classes['note']}>{t('offline')}</p>}</div>;
}
