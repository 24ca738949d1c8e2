import { Tooltip } from '@mantine/core';
import { IconWorldOff, IconWorldUpload } from '@tabler/icons-react';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import classes from './viewer-bar.module.css';

/** That the viewer may speak with others, and with whom; or that it no longer may. Nothing where it never might. */
export function EgressSign({ egress }: Pick<SessionView, 'egress'>) {
  const { t } = useWords();
  if (egress === undefined) return null;
  const places = egress.to.join(', ');
  const Sign = egress.open ? IconWorldUpload : IconWorldOff;
  return (
    <Tooltip
      label={t(egress.open ? 'viewer.egress.openLong' : 'viewer.egress.closedLong', { places })}
      multiline
      maw={320}
    >
      <span tabIndex={0} className={`${classes['fact'] ?? ''} ${egress.open ? (classes['warn'] ?? '') : ''}`}>
        <Sign size={20} stroke={1.75} aria-hidden="true" />
        <span className={classes['words']}>
          {t(egress.open ? 'viewer.egress.open' : 'viewer.egress.closed')}
        </span>
      </span>
    </Tooltip>
  );
}
