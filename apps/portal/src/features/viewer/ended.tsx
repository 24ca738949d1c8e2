import { Button, Group, Stack, Text, Title } from '@mantine/core';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import type { DisplayState } from './display-state.js';
import { isOver } from './use-session.js';
import classes from './viewer.module.css';

interface Props {
  readonly session: SessionView;
  readonly display: DisplayState;
  readonly onRetry: () => void;
  readonly onAgain?: () => void;
  readonly onHome?: () => void;
}

const REASONS = [
  'stopped',
  'time-up',
  'idle',
  'revoked',
  'viewer-crashed',
  'out-of-memory',
  'guest-lost',
  'too-large',
  'start-failed',
  'took-too-long',
  'ended-by-admin',
] as const;
const isReason = (text: unknown): text is (typeof REASONS)[number] =>
  (REASONS as readonly unknown[]).includes(text);

/** Why there is no picture any more, what was kept, and the way on. */
export function Ended({ session, display, onRetry, onAgain, onHome }: Props) {
  const { t, language, sentenceOf } = useWords();
  const over = isOver(session);
  const saves = over && session.saves;
  const reason = isReason(session.endReason) ? session.endReason : 'other';
  // As much of it would be too much again.
  const again = over && reason !== 'out-of-memory' ? onAgain : undefined;
  const refused = display.problem !== null && !over;
  const cutOff = display.problem?.code === 'sessions.cut-off';
  return (
    <div className={classes['centre']}>
      <Stack gap="lg" maw={520} role="alert">
        <Title order={1} fz="xl">
          {t(cutOff ? 'viewer.cut.title' : 'viewer.ended.title')}
        </Title>
        <Text fz="lg">{words()}</Text>
        {saves && reason !== 'stopped' && <Text>{t('viewer.ended.saved')}</Text>}
        {onHome === undefined && <Text c="dimmed">{t('viewer.visitorEnded')}</Text>}
        <Group gap="sm">
          {again !== undefined && <Button onClick={again}>{t('viewer.ended.again')}</Button>}
          {!over && !refused && <Button onClick={onRetry}>{t('viewer.ended.look')}</Button>}
          {onHome !== undefined && (
            <Button variant={reason === 'out-of-memory' ? 'filled' : 'default'} onClick={onHome}>
              {t('viewer.ended.home')}
            </Button>
          )}
        </Group>
      </Stack>
    </div>
  );

  function words(): string {
    if (cutOff) return t('viewer.cut.text');
    // The server knows the cause best, but speaks English only.
    const known = session.state === 'failed' || reason === 'start-failed';
    if (over && known && language.startsWith('en')) return session.message;
    if (saves && reason === 'stopped') return t('viewer.ended.saved');
    if (over) return t(`viewer.ended.${reason}`);
    if (display.problem === null) return t('viewer.ended.elsewhere');
    return display.problem.detail === '' ? t('viewer.ended.other') : sentenceOf(display.problem);
  }
}
