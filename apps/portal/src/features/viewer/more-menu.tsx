import { ActionIcon, Button, Popover, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconDots, IconMaximize, IconMinimize } from '@tabler/icons-react';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { useNow } from '../../parts/use-now.js';
import { timeLeft } from '../../words/times.js';
import { Choice } from '../share/choice.js';
import type { DisplayState } from './display-state.js';
import type { TouchMode } from './display-input.js';

interface Props {
  readonly session: SessionView;
  readonly display: DisplayState;
  readonly touch: TouchMode;
  readonly onTouch: (mode: TouchMode) => void;
  readonly fullScreen: boolean;
  readonly onFullScreen: () => void;
  /** A fresh connection paints everything anew, and exactly. */
  readonly onRepaint: () => void;
}

/** Everything that is not needed at once: full screen, touch, the keyboard, what the picture is shown with. */
export function MoreMenu({ session, display, touch, onTouch, fullScreen, onFullScreen, onRepaint }: Props) {
  const { t } = useWords();
  const now = useNow(15_000);
  const steers = session.control === 'control';
  return (
    <Popover position="bottom-end" shadow="md" width={360} trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="default" aria-label={t('viewer.more')}>
          <IconDots size={24} aria-hidden="true" />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('viewer.more')}>
        <Stack gap="md">
          <Button
            variant="default"
            leftSection={
              fullScreen ? (
                <IconMinimize size={24} aria-hidden="true" />
              ) : (
                <IconMaximize size={24} aria-hidden="true" />
              )
            }
            onClick={onFullScreen}
          >
            {t(fullScreen ? 'viewer.leaveFullScreen' : 'viewer.fullScreen')}
          </Button>
          {!display.lossless && display.phase === 'live' && (
            <Button variant="default" onClick={onRepaint}>
              {t('viewer.repaint')}
            </Button>
          )}
          {steers && (
            <Choice label={t('viewer.touch')}>
              <SegmentedControl
                orientation="vertical"
                value={touch}
                onChange={(value) => onTouch(value === 'pad' ? 'pad' : 'direct')}
                data={[
                  { value: 'direct', label: t('viewer.touchDirect') },
                  { value: 'pad', label: t('viewer.touchPad') },
                ]}
              />
            </Choice>
          )}
          {steers && (
            <div>
              <Text fw={600}>{t('viewer.keyboardHelp')}</Text>
              <Text>{t('viewer.keyboardHelpText')}</Text>
            </div>
          )}
          {session.mine && !session.shareable && !session.build && (
            <div>
              <Text fw={600}>{t('viewer.notKept')}</Text>
              <Text>{t('viewer.notKeptText')}</Text>
            </div>
          )}
          <div>
            <Text fw={600}>{t('viewer.whatYouMay')}</Text>
            <Text>{t(steers ? 'viewer.mayControl' : 'viewer.mayView')}</Text>
          </div>
          <Text c="dimmed">
            {t('viewer.viewerName', { viewer: session.viewer.title })}
            {session.step !== 'waiting' &&
              ` · ${t('viewer.timeLeft', { time: timeLeft(new Date(session.expiresAt).getTime() - now) })}`}
            {display.phase === 'live' && ` · ${t(display.lossless ? 'viewer.exact' : 'viewer.reduced')}`}
          </Text>
          {display.roundTripMs !== null && display.phase === 'live' && (
            <Text c="dimmed">
              {t('viewer.pace', { ms: display.roundTripMs, count: display.framesPerSecond })}
            </Text>
          )}
          <Text c="dimmed">
            {session.egress?.open === true
              ? t('viewer.egress.openLong', { places: session.egress.to.join(', ') })
              : t(session.build ? 'viewer.buildWalls' : `viewer.walls.${session.viewer.isolation}`)}
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
