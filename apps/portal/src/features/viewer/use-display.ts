import { useEffect, useRef, useState, type RefObject } from 'react';
import type { Control, DisplayTicket } from '../../api/types.js';
import { DisplayConnection } from './display-connection.js';
import type { TouchMode } from './display-input.js';
import { NOT_BEGUN, type DisplayState } from './display-state.js';

interface Options {
  readonly host: RefObject<HTMLElement | null>;
  /** The session runs or starts; the gateway lets a browser wait at the door until there is a picture. */
  readonly wanted: boolean;
  readonly control: Control;
  readonly touch: TouchMode;
  readonly ticket: () => Promise<DisplayTicket>;
  readonly onLeave: () => void;
}

/** Connects the display to its place on the page as long as the session lives, and disconnects with the page. */
export function useDisplay({ host, wanted, control, touch, ticket, onLeave }: Options): {
  display: DisplayState;
  retry: () => void;
} {
  const [display, setDisplay] = useState<DisplayState>(NOT_BEGUN);
  const [round, setRound] = useState(0);
  const connection = useRef<DisplayConnection | null>(null);
  const latest = useRef({ ticket, onLeave });
  useEffect(() => {
    latest.current = { ticket, onLeave };
  });
  useEffect(() => {
    if (!wanted || host.current === null) return;
    const made = new DisplayConnection({
      host: host.current,
      control,
      ticket: () => latest.current.ticket(),
      onState: setDisplay,
      onLeave: () => latest.current.onLeave(),
    });
    connection.current = made;
    made.start();
    return () => {
      connection.current = null;
      made.stop();
    };
  }, [host, wanted, control, round]);
  useEffect(() => connection.current?.setTouch(touch), [touch, round, wanted]);
  return { display, retry: () => setRound((before) => before + 1) };
}
