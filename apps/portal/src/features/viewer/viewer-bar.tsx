import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconShare, IconX } from '@tabler/icons-react';
import type { Ref } from 'react';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import type { DisplayState } from './display-state.js';
import type { TouchMode } from './display-input.js';
import { ConnectionSign } from './connection-sign.js';
import { EgressSign } from './egress-sign.js';
import { MoreMenu } from './more-menu.js';
import { People } from './people.js';
import { TimeLeft } from './time-left.js';
import classes from './viewer-bar.module.css';

interface Props {
  readonly ref: Ref<HTMLElement>;
  readonly session: SessionView;
  readonly display: DisplayState;
  readonly closing: boolean;
  readonly touch: TouchMode;
  readonly onTouch: (mode: TouchMode) => void;
  readonly fullScreen: boolean;
  readonly onFullScreen: () => void;
  readonly onRepaint: () => void;
  readonly onShare?: () => void;
  readonly onClose: () => void;
}

/** What this is, who is here, how long still, how good the picture is; share and close. */
export function ViewerBar({ ref, session, display, onShare, onClose, closing, ...more }: Props) {
  const { t } = useWords();
  return (
    <header ref={ref} tabIndex={-1} className={classes['bar']} aria-label={t('viewer.barLabel')}>
      <h1 className={classes['title']} title={session.title}>
        {session.title}
      </h1>
      <People session={session} />
      <TimeLeft session={session} />
      <EgressSign {...(session.egress === undefined ? {} : { egress: session.egress })} />
      <ConnectionSign display={display} ready={session.state === 'ready'} />
      <div className={classes['acts']}>
        {onShare !== undefined && (
          <>
            <Button
              className={classes['wide'] ?? ''}
              h={44}
              leftSection={<IconShare size={20} aria-hidden="true" />}
              onClick={onShare}
            >
              {t('viewer.share')}
            </Button>
            <ActionIcon
              className={classes['narrow'] ?? ''}
              variant="filled"
              color="petrol"
              aria-label={t('viewer.share')}
              onClick={onShare}
            >
              <IconShare size={24} aria-hidden="true" />
            </ActionIcon>
          </>
        )}
        <MoreMenu session={session} display={display} {...more} />
        <Tooltip label={t('viewer.close')}>
          <ActionIcon variant="default" loading={closing} onClick={onClose} aria-label={t('viewer.close')}>
            <IconX size={24} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      </div>
    </header>
  );
}
