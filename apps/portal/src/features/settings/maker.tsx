import { Button } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import classes from './settings.module.css';

interface Props<Made> {
  /** What the button says that opens the form. */
  readonly start: string;
  readonly form: (onMade: (made: Made) => void, onCancel: () => void) => ReactNode;
  readonly ready: (made: Made, onDone: () => void) => ReactNode;
}

/** A button, behind it a form, then what was made, once. The focus goes along, so that nobody has to look for it. */
export function Maker<Made>({ start, form, ready }: Props<Made>) {
  // Nothing until somebody pressed the button: a page that opens leaves the focus where it is.
  const [stage, setStage] = useState<'closed' | 'form' | { readonly made: Made } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (stage === null) return;
    const target = stage === 'form' ? 'input' : stage === 'closed' ? 'button' : null;
    const inside = target === null ? null : box.current?.querySelector<HTMLElement>(target);
    (inside ?? box.current)?.focus();
  }, [stage]);
  const close = () => setStage('closed');
  return (
    <div ref={box} tabIndex={-1} className={classes['maker']}>
      {(stage === null || stage === 'closed') && (
        <Button variant="default" onClick={() => setStage('form')}>
          {start}
        </Button>
      )}
      {stage === 'form' && form((made) => setStage({ made }), close)}
      {stage !== null && typeof stage === 'object' && ready(stage.made, close)}
    </div>
  );
}
