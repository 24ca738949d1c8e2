import { Tooltip } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { timeLeft, until } from '../../words/times.js';
import { isOver } from './use-session.js';
import classes from './viewer-bar.module.css';

const SOON_MS = 5 * 60_000;

export function TimeLeft({ session }: { readonly session: SessionView }) {
  const { t, language } = useWords();
  const now = useNow(1000);
  const left = new Date(session.expiresAt).getTime() - now;
  // The time of one who waits has not begun.
  if (isOver(session) || session.step === 'waiting') return null;
  const text = t('viewer.timeLeft', { time: timeLeft(left) });
  return (
    <Tooltip label={t('viewer.timeLeftTitle', { until: until(session.expiresAt, now, language) })}>
      <span
        tabIndex={0}
        role="timer"
        aria-label={text}
        className={`${classes['fact'] ?? ''} ${classes['time'] ?? ''} ${left < SOON_MS ? (classes['warn'] ?? '') : ''}`}
      >
        <IconClock size={20} stroke={1.75} aria-hidden="true" />
        {text}
      </span>
    </Tooltip>
  );
}
