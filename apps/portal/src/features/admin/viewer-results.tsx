import { Switch } from '@mantine/core';
import type { ViewerAdmin } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useSay } from '../../parts/use-say.js';
import { useAllowResults } from './viewer-queries.js';
import classes from './admin.module.css';

/** Whether what patients save in a viewer may come out of it. Off until an admin says so. */
export function ViewerResults({ viewer }: { readonly viewer: ViewerAdmin }) {
  const { t } = useWords();
  const say = useSay();
  const allow = useAllowResults(viewer.id);
  return (
    <>
      <Switch
        label={t('admin.viewers.resultsAllow')}
        checked={viewer.results === 'on'}
        disabled={allow.isPending}
        onChange={({ currentTarget }) => allow.mutate(currentTarget.checked, { onError: say.trouble })}
      />
      <p className={classes['hint']}>{t('admin.viewers.resultsHint')}</p>
    </>
  );
}
