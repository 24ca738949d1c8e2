import { Tooltip } from '@mantine/core';
import {
  IconAntennaBars2,
  IconAntennaBars5,
  IconAntennaBarsOff,
  IconDiamond,
  type Icon,
} from '@tabler/icons-react';
import { useWords } from '../../app/use-words.js';
import type { DisplayState } from './display-connection.js';
import classes from './viewer-bar.module.css';

interface Shown {
  readonly icon: Icon;
  readonly text: string;
  readonly long: string;
  readonly tone: 'good' | 'warn';
}

/** The connection and, while it is there, whether the picture is exact: a sign, and words where there is room. */
export function ConnectionSign({
  display,
  ready,
}: {
  readonly display: DisplayState;
  readonly ready: boolean;
}) {
  const { t } = useWords();
  if (!ready || display.phase === 'idle' || display.phase === 'over') return null;
  const { icon: Sign, text, long, tone } = shown();
  return (
    <Tooltip label={long} multiline maw={320}>
      <span
        tabIndex={0}
        className={`${classes['fact'] ?? ''} ${classes[tone] ?? ''}`}
        data-connection={display.phase}
      >
        <Sign size={20} stroke={1.75} aria-hidden="true" />
        <span className={classes['words']}>{text}</span>
      </span>
    </Tooltip>
  );

  function shown(): Shown {
    if (display.phase === 'reconnecting')
      return {
        icon: IconAntennaBarsOff,
        text: t('viewer.lost'),
        long: t('viewer.reconnecting'),
        tone: 'warn',
      };
    if (display.phase === 'connecting')
      return {
        icon: IconAntennaBars2,
        text: t('viewer.connecting'),
        long: t('viewer.connecting'),
        tone: 'good',
      };
    if (display.slow)
      return { icon: IconAntennaBars2, text: t('viewer.slow'), long: t('viewer.slow'), tone: 'warn' };
    if (!display.lossless)
      return {
        icon: IconAntennaBars5,
        text: t('viewer.reduced'),
        long: t('viewer.reducedLong'),
        tone: 'warn',
      };
    return { icon: IconDiamond, text: t('viewer.exact'), long: t('viewer.exactLong'), tone: 'good' };
  }
}
