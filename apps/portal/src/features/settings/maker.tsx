import { Button } from '@mantine/core';
import { useRef, useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import classes from './settings.module.css';

interface Props<Made> {
  /** What the button says that opens the form. */
  readonly start: string;
  readonly form: (onMade: (made: Made) => void, onCancel: () => void) => ReactNode;
  readonly ready: (made: Made, onDone: () => void) => ReactNode;
}

/** A button, behind it a form, then what was made, once. The focus goes along, so that nobody has to look for it. */
export function Maker<Made>({ start, form, ready }: Props<Made>) {
  const [stage, setStage] = useState<'closed' | 'form' | { readonly made: Made }>('closed');
  const box = useRef<HTMLDivElement>(null);
  const go = (next: typeof stage) => {
    flushSync(() => setStage(next));
    const target = next === 'form' ? 'input' : next === 'closed' ? 'button' : undefined;
    const inside = target === undefined ? null : box.current?.querySelector<HTMLElement>(target);
    (inside ?? box.current)?.focus();
  };
  const close = () => go('closed');
  return (
    <div ref={box} tabIndex={-1} className={classes['maker']}>
      {stage === 'closed' && (
        <Button variant="default" onClick={() => go('form')}>
          {start}
        </Button>
      )}
      {stage === 'form' && form((made) => go({ made }), close)}
      {typeof stage === 'object' && ready(stage.made, close)}
    </div>
  );
}
