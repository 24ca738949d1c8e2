import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/api.js';
import type { ViewerAdmin } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useSay } from '../../parts/use-say.js';
import { isUnderTest, useIsolateViewer } from './viewer-queries.js';
import classes from './admin.module.css';

/** Which walls stand around a viewer: a choice where this machine can build more than one kind, and it is no machine itself. */
export function ViewerWalls({ viewer }: { readonly viewer: ViewerAdmin }) {
  const { t } = useWords();
  const say = useSay();
  const possible = useQuery({ queryKey: ['admin', 'isolations'], queryFn: api.admin.isolations });
  const isolate = useIsolateViewer(viewer.id);
  const isolations = (possible.data?.isolations ?? []).filter((isolation) => isolation !== 'vm');
  if (viewer.isolation === 'vm' || (isolations.length < 2 && isolations.includes(viewer.isolation)))
    return <>{t(`admin.viewers.walls.${viewer.isolation}`)}</>;
  return (
    <>
      <SegmentedControl
        aria-label={t('admin.viewers.wallsOf', { title: viewer.title })}
        className={classes['choice']}
        fullWidth={false}
        value={viewer.isolation}
        disabled={isolate.isPending || isUnderTest(viewer)}
        data={isolations.map((value) => ({ value, label: t(`admin.viewers.walls.${value}`) }))}
        onChange={(value) => {
          const isolation = isolations.find((one) => one === value);
          if (isolation) isolate.mutate(isolation, { onError: say.trouble });
        }}
      />
      <p className={classes['hint']}>{t(`admin.viewers.wallsHint.${viewer.isolation}`)}</p>
    </>
  );
}
