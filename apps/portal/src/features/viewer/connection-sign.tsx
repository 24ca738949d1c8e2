import { Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconAntennaBars2,
  IconAntennaBars5,
  IconAntennaBarsOff,
  IconDiamond,
  type Icon,
} from '@tabler/icons-react';
import { useWords } from '../../app/use-words.js';
import { connectionWords, type ConnectionWords } from './connection-words.js';
import type { DisplayState } from './display-state.js';
import classes from './viewer-bar.module.css';

const SIGNS: Readonly<Record<ConnectionWords['sign'], Icon>> = {
  away: IconAntennaBarsOff,
  still: IconAlertTriangle,
  weak: IconAntennaBars2,
  strong: IconAntennaBars5,
  exact: IconDiamond,
};

interface Props {
  readonly display: DisplayState;
  readonly ready: boolean;
}

/** The connection and, while it is there, whether the picture is exact: a sign, and words where there is room. */
export function ConnectionSign({ display, ready }: Props) {
  const { t } = useWords();
  const words = connectionWords(display, ready);
  if (words === undefined) return null;
  const Sign = SIGNS[words.sign];
  const long = [t(words.long), ...(words.pace === undefined ? [] : [t('viewer.pace', words.pace)])];
  return (
    <Tooltip label={long.join(' ')} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <span
        tabIndex={0}
        className={`${classes['fact'] ?? ''} ${classes[words.warns ? 'warn' : 'good'] ?? ''}`}
        data-connection={display.phase}
      >
        <Sign size={20} stroke={1.75} aria-hidden="true" />
        <span className={classes['words']}>{t(words.short)}</span>
      </span>
    </Tooltip>
  );
}
