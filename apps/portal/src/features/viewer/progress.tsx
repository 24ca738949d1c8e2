import { Stack, Text, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { SessionView } from '../../api/types.js';
import { useWords } from '../../app/use-words.js';
import { ButtonLink } from '../../parts/button-link.js';
import { clock } from '../../words/times.js';
import type { DisplayState } from './display-state.js';
import classes from './viewer.module.css';

const STEPS = ['waiting', 'folder', 'viewer', 'opening', 'showing'] as const;
const LONG_MS = 6000;

type Standing = NonNullable<SessionView['standing']>;

interface Props {
  readonly session: SessionView;
  readonly display: DisplayState;
}

/**
 * How far it is, in words, where the picture will be, until the viewer shows the thing. A viewer that has been up for
 * a while without showing it may have something to say itself: then one line remains and its window can be seen.
 */
export function Progress({ session, display }: Props) {
  const { t } = useWords();
  const passed = usePassed(session.step);
  const showing = session.step === 'showing' && display.painted;
  const patience = useElapsed(session.state === 'ready' && display.painted, LONG_MS);
  const long = useElapsed(!showing, LONG_MS);
  const [seen, setSeen] = useState(false);
  if (showing && !seen) setSeen(true);
  // Once the picture was there, a lost connection leaves it in place and only a word is said about it.
  if (showing || seen) return null;
  if (patience)
    return (
      <ol className={classes['warnings']} aria-label={t('viewer.stepsLabel')}>
        <li className={classes['warning']}>{t(`viewer.step.${session.step}`)}…</li>
      </ol>
    );
  const first = passed.has('waiting') ? 0 : 1;
  return (
    <div className={`${classes['centre'] ?? ''} ${classes['veil'] ?? ''}`}>
      <Stack gap="lg" maw={520}>
        <Title order={1} fz="xl">
          {session.title}
        </Title>
        <ol className={classes['steps']} aria-label={t('viewer.stepsLabel')}>
          {STEPS.slice(first, 4).map((step) => {
            const state = step === session.step ? 'now' : isPassed(step) ? 'done' : 'later';
            return (
              <li
                key={step}
                className={classes['step']}
                data-state={state}
                aria-current={state === 'now' ? 'step' : undefined}
              >
                <span className={classes['mark']} aria-hidden="true">
                  {state === 'done' && <IconCheck size={20} />}
                </span>
                {t(`viewer.step.${step}`)}
              </li>
            );
          })}
        </ol>
        {session.standing && (long || session.standing.freeBy !== undefined) ? (
          <InLine standing={session.standing} mine={session.mine} />
        ) : (
          long && <Text c="dimmed">{t('viewer.takesLong')}</Text>
        )}
      </Stack>
    </div>
  );

  function isPassed(step: SessionView['step']): boolean {
    return session.step === 'showing' || passed.has(step);
  }
}

/** Where somebody stands who waits for a place, and what they may count on. */
function InLine({ standing, mine }: { readonly standing: Standing; readonly mine: boolean }) {
  const { t, language } = useWords();
  const { ahead, freeBy } = standing;
  return (
    <Stack gap="xs">
      {freeBy !== undefined && <Text>{t('viewer.standing.full', { time: clock(freeBy, language) })}</Text>}
      <Text>{ahead === 0 ? t('viewer.standing.next') : t('viewer.standing.ahead', { count: ahead })}</Text>
      {freeBy !== undefined && <Text c="dimmed">{t('viewer.standing.stay')}</Text>}
      {freeBy !== undefined && mine && (
        <ButtonLink to="/later" variant="default" style={{ alignSelf: 'flex-start' }}>
          {t('later.short')}
        </ButtonLink>
      )}
    </Stack>
  );
}

/** The steps that have been there. Their order is the server's: the viewer may be up before the folder is ready. */
function usePassed(step: SessionView['step']): ReadonlySet<SessionView['step']> {
  const [passed, setPassed] = useState<ReadonlySet<SessionView['step']>>(() => new Set([step]));
  if (!passed.has(step)) setPassed(new Set([...passed, step]));
  return passed;
}

/** True once the condition has held for this long without a break. */
function useElapsed(condition: boolean, milliseconds: number): boolean {
  const [elapsed, setElapsed] = useState(false);
  useEffect(() => {
    if (!condition) return;
    const timer = setTimeout(() => setElapsed(true), milliseconds);
    return () => {
      clearTimeout(timer);
      setElapsed(false);
    };
  }, [condition, milliseconds]);
  return condition && elapsed;
}
