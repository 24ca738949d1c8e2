import { IconClock, IconPlugConnectedX } from '@tabler/icons-react';
import { useNetwork } from '@mantine/hooks';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { timeLeft } from '../../words/times.js';
import type { DisplayState } from './display-state.js';
import classes from './viewer.module.css';

const END_SOON_MS = 5 * 60_000;
const IDLE_SOON_MS = 2 * 60_000;

/** What one has to know now: the connection is away, nobody moves, the time is nearly over. */
export function Warnings({
  session,
  display,
}: {
  readonly session: SessionView;
  readonly display: DisplayState;
}) {
  const { t } = useWords();
  const { online } = useNetwork();
  const now = useNow(1000);
  const left = new Date(session.expiresAt).getTime() - now;
  const idle = new Date(session.idleEndsAt).getTime() - now;
  const reconnecting = display.phase === 'reconnecting';
  return (
    <div className={classes['warnings']}>
      <div role="status">
        {reconnecting && (
          <p className={classes['warning']}>
            <IconPlugConnectedX size={24} aria-hidden="true" />
            {t(online ? 'viewer.reconnecting' : 'viewer.offline')}
          </p>
        )}
        {display.phase === 'live' && display.slow && (
          <p className={classes['warning']}>
            <IconPlugConnectedX size={24} aria-hidden="true" />
            {t('viewer.stalled')}
          </p>
        )}
      </div>
      {session.state === 'ready' && left < END_SOON_MS && (
        <p className={classes['warning']}>
          <IconClock size={24} aria-hidden="true" />
          {t('viewer.endsSoon', { time: timeLeft(left) })}
        </p>
      )}
      {session.state === 'ready' && session.control === 'control' && idle < IDLE_SOON_MS && idle < left && (
        <p className={classes['warning']}>
          <IconClock size={24} aria-hidden="true" />
          {t('viewer.idleSoon', { time: timeLeft(idle) })}
        </p>
      )}
    </div>
  );
}
