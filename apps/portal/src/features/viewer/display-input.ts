import Guacamole from 'guacamole-common-js';
import { KeyStrokes } from './key-strokes.js';

/** direct = the finger points where it touches; pad = it moves the pointer as on a touch pad. */
export type TouchMode = 'direct' | 'pad';

const MOUSE_EVENTS = ['mousedown', 'mouseup', 'mousemove'];
/** X11 keysyms of both Shift, Control and Alt keys, and of Meta, which some systems report for Alt + Shift. */
const SHIFT = [0xffe1, 0xffe2];
const CONTROL = [0xffe3, 0xffe4];
const ALT = [0xffe9, 0xffea, 0xffe7, 0xffe8];

/** Mouse, touch and keyboard of one who may steer. The keyboard is caught only while the display has the focus. */
export class DisplayInput {
  private readonly keyboard: Guacamole.Keyboard;
  private readonly strokes: KeyStrokes;
  private readonly direct: Guacamole.Mouse.Touchscreen;
  private readonly pad: Guacamole.Mouse.Touchpad;
  private touch: TouchMode = 'direct';
  private live = true;

  constructor(
    private readonly host: HTMLElement,
    client: Guacamole.Client,
    onLeave: () => void,
  ) {
    const element = client.getDisplay().getElement();
    const send = (from: TouchMode | 'mouse') => (event: Guacamole.Mouse.Event) => {
      if (!this.live || (from !== 'mouse' && from !== this.touch)) return;
      // A mouse has the browser's own pointer; only a finger on the pad needs one that is drawn.
      client.getDisplay().showCursor(from === 'pad');
      client.sendMouseState(event.state, true);
    };
    const mouse = new Guacamole.Mouse(element);
    mouse.onEach(MOUSE_EVENTS, send('mouse'));
    client.getDisplay().oncursor = (canvas, x, y) => mouse.setCursor(canvas, x, y);
    this.direct = new Guacamole.Mouse.Touchscreen(element);
    this.direct.onEach(MOUSE_EVENTS, send('direct'));
    this.pad = new Guacamole.Mouse.Touchpad(element);
    this.pad.onEach(MOUSE_EVENTS, send('pad'));

    this.keyboard = new Guacamole.Keyboard(host);
    this.strokes = new KeyStrokes((pressed, keysym) => client.sendKeyEvent(pressed, keysym));
    // The keyboard forgets a key before it says that it is up. It does not when its own clock repeats the key.
    let repeated = false;
    this.keyboard.onkeydown = (keysym) => {
      if (!this.live) return true;
      this.strokes.down(keysym, repeated);
      repeated = false;
      if (this.wantsOut()) {
        this.keyboard.reset();
        onLeave();
      }
      return false;
    };
    this.keyboard.onkeyup = (keysym) => {
      repeated = this.keyboard.pressed[keysym] === true;
      if (this.live) this.strokes.up(keysym, repeated);
    };
    host.addEventListener('keydown', this.held, { capture: true });
    element.addEventListener('mousedown', this.focus);
    host.addEventListener('blur', this.letGo);
  }

  setTouch(mode: TouchMode): void {
    this.touch = mode;
  }

  /** Nothing is sent any more; the host can be used for the next connection. */
  release(): void {
    this.live = false;
    this.keyboard.onkeydown = null;
    this.keyboard.onkeyup = null;
    this.host.removeEventListener('blur', this.letGo);
    this.host.removeEventListener('keydown', this.held, { capture: true });
  }

  private readonly held = (event: KeyboardEvent): void => {
    if (event.repeat) this.strokes.held();
  };

  private readonly focus = (): void => this.host.focus({ preventScroll: true });

  /** A key that is down when the focus leaves would stay down in the viewer for ever. */
  private readonly letGo = (): void => this.keyboard.reset();

  private wantsOut(): boolean {
    const down = (keysyms: readonly number[]) => keysyms.some((keysym) => this.keyboard.pressed[keysym]);
    return down(SHIFT) && down(CONTROL) && down(ALT);
  }
}
