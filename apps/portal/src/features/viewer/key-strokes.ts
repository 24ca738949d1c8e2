/** What the keyboard of the display says: keys as X11 keysyms, down and up in order. */
type Send = (pressed: 0 | 1, keysym: number) => void;

/** Shift to Hyper, AltGr and Num Lock as X11 counts them: held to change other keys, so they do not repeat. */
const isModifier = (keysym: number): boolean =>
  (keysym >= 0xffe1 && keysym <= 0xffee) || keysym === 0xfe03 || keysym === 0xff7f;

/**
 * Strokes on their way to the viewer. A key repeats only when the browser says that it is held: a clock of our own would
 * take a key for held whose release is late because the machine is busy, and type it several times.
 */
export class KeyStrokes {
  private last: number | undefined;

  constructor(private readonly send: Send) {}

  /** @param known the key is down already, so this is a clock that repeats it */
  down(keysym: number, known: boolean): void {
    if (known) return;
    this.last = keysym;
    this.send(1, keysym);
  }

  /** @param still the key is still down, so this is a clock that repeats it */
  up(keysym: number, still: boolean): void {
    if (still) return;
    if (this.last === keysym) this.last = undefined;
    this.send(0, keysym);
  }

  /** The browser says that the key which went down last is held. */
  held(): void {
    if (this.last === undefined || isModifier(this.last)) return;
    this.send(0, this.last);
    this.send(1, this.last);
  }
}
