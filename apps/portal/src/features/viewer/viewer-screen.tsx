import { VisuallyHidden } from '@mantine/core';
import { useFullscreenElement } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { DisplayTicket, SessionView } from '../../api/types.js';
import { messages } from '../../app/language.js';
import { useWords } from '../../app/use-words.js';
import { useAlwaysDark } from '../../theme/use-always-dark.js';
import { Announcements } from './announcements.js';
import { Ended } from './ended.js';
import { Progress } from './progress.js';
import { useDisplay } from './use-display.js';
import { isOver } from './use-session.js';
import type { TouchMode } from './display-input.js';
import { Warnings } from './warnings.js';
import { ViewerBar } from './viewer-bar.js';
import { useWatermark } from './watermark/use-watermark.js';
import classes from './viewer.module.css';

interface Props {
  readonly session: SessionView;
  readonly ticket: () => Promise<DisplayTicket>;
  readonly onClose: () => void;
  readonly closing: boolean;
  /** Only for the patient, and only of what is part of the record. */
  readonly onShare?: () => void;
  readonly onAgain?: () => void;
  readonly onHome?: () => void;
}

/** The picture at full height under one slim bar; always dark, since images are read in the dark. */
export function ViewerScreen({ session, ticket, onClose, closing, onShare, onAgain, onHome }: Props) {
  const { t } = useWords();
  useAlwaysDark();
  const host = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLElement>(null);
  const full = useFullscreenElement();
  const [touch, setTouch] = useState<TouchMode>('direct');
  const [focused, setFocused] = useState(false);
  const over = isOver(session);
  const steers = session.control === 'control';
  const { display, retry } = useDisplay({
    host,
    wanted: !over,
    control: session.control,
    touch,
    ticket,
    onLeave: () => bar.current?.focus(),
  });
  useEffect(() => {
    document.title = `${session.title} · ${messages.t('app')}`;
  }, [session.title]);

  const gone = over || display.phase === 'over';
  const watermark = gone ? undefined : session.watermark;
  useWatermark(host, watermark);
  return (
    <div className={classes['screen']}>
      <ViewerBar
        ref={bar}
        session={session}
        display={display}
        closing={closing}
        touch={touch}
        onTouch={setTouch}
        fullScreen={full.fullscreen}
        onFullScreen={() => void full.toggle()}
        onRepaint={retry}
        onClose={onClose}
        {...(onShare === undefined || gone ? {} : { onShare })}
      />
      <main className={classes['stage']}>
        <div
          ref={host}
          className={classes['display']}
          hidden={gone}
          data-painted={display.painted || undefined}
          tabIndex={steers && !gone ? 0 : -1}
          role={steers ? 'application' : 'img'}
          aria-label={t('viewer.displayLabel', { title: session.title })}
          aria-describedby="display-help"
          onFocus={() => setFocused(true)}
          onBlur={() => setFocused(false)}
        />
        <p id="display-help" hidden>
          {t(steers ? 'viewer.displayHelpControl' : 'viewer.displayHelpView')}
        </p>
        {watermark !== undefined && (
          <VisuallyHidden>
            <p>{t('viewer.watermark')}</p>
          </VisuallyHidden>
        )}
        {focused && steers && <p className={classes['keys']}>{t('viewer.keysGo')}</p>}
        {gone ? (
          <Ended
            session={session}
            display={display}
            onRetry={retry}
            {...(onAgain === undefined ? {} : { onAgain })}
            {...(onHome === undefined ? {} : { onHome })}
          />
        ) : (
          <Progress session={session} display={display} />
        )}
        {!gone && <Warnings session={session} display={display} />}
      </main>
      <Announcements session={session} />
    </div>
  );
}
