import { Button, Group, Progress, Text } from '@mantine/core';
import { useWords } from '../../app/use-words.js';
import { bytes, number } from '../../words/sizes.js';
import { timeLeft } from '../../words/times.js';
import type { Uploader, UploadState } from './uploader.js';
import classes from './add.module.css';

/** How far the sending is: bytes, rate, time still needed; pause, go on, stop. */
export function UploadProgress({
  state,
  uploader,
}: {
  readonly state: UploadState;
  readonly uploader: Uploader;
}) {
  const { t, language } = useWords();
  const percent = state.bytes === 0 ? 100 : (state.bytesDone / state.bytes) * 100;
  const paused = state.phase === 'paused';
  const remaining =
    state.rate > 0
      ? t('add.remaining', { time: timeLeft(((state.bytes - state.bytesDone) / state.rate) * 1000) })
      : t('add.remainingUnknown');
  return (
    <div className={classes['panel']}>
      <Text fw={600} fz="lg" aria-live="polite">
        {t(paused ? 'add.paused' : state.waiting ? 'add.waiting' : 'add.sending')}
      </Text>
      <Progress value={percent} size="lg" radius="sm" aria-label={t('add.sending')} />
      <div className={classes['figures']}>
        <span>
          {t('add.progress', { done: bytes(state.bytesDone, language), total: bytes(state.bytes, language) })}
        </span>
        <span>
          {t('add.filesDone', {
            done: number(state.filesDone, language),
            total: number(state.files, language),
          })}
        </span>
        {!paused && state.rate > 0 && <span>{t('add.rate', { rate: bytes(state.rate, language) })}</span>}
        {!paused && !state.waiting && <span>{remaining}</span>}
      </div>
      <Text c="dimmed">{t('add.safeToClose')}</Text>
      <Group gap="sm">
        <Button variant="default" onClick={() => (paused ? uploader.resume() : uploader.pause())}>
          {t(paused ? 'add.resume' : 'add.pause')}
        </Button>
        <Button variant="subtle" onClick={() => void uploader.stop()}>
          {t('add.stop')}
        </Button>
      </Group>
    </div>
  );
}
