import Guacamole from 'guacamole-common-js';
import { ProblemError, mayRetry } from '../../api/problem.js';
import type { Control, DisplayTicket } from '../../api/types.js';
import { DisplayInput, type TouchMode } from './display-input.js';
import { NOT_BEGUN, type DisplayState } from './display-state.js';
import { onGatewayState } from './gateway-state.js';

interface Options {
  readonly host: HTMLElement;
  readonly control: Control;
  readonly ticket: () => Promise<DisplayTicket>;
  readonly onState: (state: DisplayState) => void;
  /** Ctrl + Alt + Shift: the person wants the keyboard back. */
  readonly onLeave: () => void;
}

/** Waits between tries (ms); with the last one repeated they add up to about two minutes. */
const DELAYS = [250, 500, 1000, 2000, 4000, 5000];
const TRIES = 28;
const RESIZE_QUIET_MS = 300;
/** After these nobody who asks again gets another answer. */
const FINAL = new Set([
  'sessions.cut-off',
  'sessions.time-up',
  'sessions.ended',
  'hypervisor.unsafe-endpoint',
]);

/**
 * One person's view of one display, over as many tunnels as the network makes necessary: every try takes a fresh
 * ticket. A visitor who only looks sends nothing but the protocol's own answers.
 */
export class DisplayConnection {
  private state: DisplayState = NOT_BEGUN;
  private client: Guacamole.Client | null = null;
  private input: DisplayInput | null = null;
  private tries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private sizeTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly pace = setInterval(() => this.countFrames(), 1000);
  private frames = 0;
  private stopped = false;
  private touch: TouchMode = 'direct';
  private readonly watcher: ResizeObserver;

  constructor(private readonly options: Options) {
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(options.host);
    window.addEventListener('online', this.hurry);
  }

  start(): void {
    this.set({ phase: 'connecting' });
    void this.connect();
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.pace);
    clearTimeout(this.retryTimer);
    clearTimeout(this.sizeTimer);
    this.watcher.disconnect();
    window.removeEventListener('online', this.hurry);
    this.drop();
  }

  setTouch(mode: TouchMode): void {
    this.touch = mode;
    this.input?.setTouch(mode);
  }

  private readonly hurry = (): void => {
    if (this.state.phase !== 'reconnecting') return;
    clearTimeout(this.retryTimer);
    void this.connect();
  };

  private async connect(): Promise<void> {
    let ticket: DisplayTicket;
    try {
      ticket = await this.options.ticket();
    } catch (error) {
      if (this.stopped) return;
      const starting = error instanceof ProblemError && error.code === 'sessions.not-ready';
      if (mayRetry(error) || starting) this.again();
      else this.end(error instanceof ProblemError ? error : null);
      return;
    }
    if (!this.stopped) this.open(ticket);
  }

  private open({ ticket, path }: DisplayTicket): void {
    this.drop();
    const tunnel = new Guacamole.WebSocketTunnel(path);
    const client = new Guacamole.Client(tunnel);
    this.client = client;
    onGatewayState(tunnel, (said) => this.set(said));
    // The gateway closes with the code of a problem as its reason, which comes here before the change to CLOSED.
    let reason = '';
    tunnel.onerror = (status) => {
      reason = status.message ?? '';
    };
    client.onerror = () => this.lost(client);
    const stateOfClient = tunnel.onstatechange;
    tunnel.onstatechange = (state) => {
      stateOfClient?.call(tunnel, state);
      if (client !== this.client) return;
      if (state === Guacamole.Tunnel.State.CLOSED) {
        if (FINAL.has(reason)) this.end(new ProblemError(reason, 0, ''));
        else this.lost(client);
      } else this.set({ slow: state === Guacamole.Tunnel.State.UNSTABLE });
    };
    client.onsync = () => {
      this.frames += 1;
      // The images of a frame are decoded in the background: it is painted when the queue up to here is done.
      if (!this.state.painted) client.getDisplay().flush(() => this.framePainted(client));
    };
    const display = client.getDisplay();
    display.onresize = () => this.fit();
    display.showCursor(false);
    this.options.host.replaceChildren(display.getElement());
    if (this.options.control === 'control') {
      this.input = new DisplayInput(this.options.host, client, this.options.onLeave);
      this.input.setTouch(this.touch);
    }
    client.connect(`ticket=${encodeURIComponent(ticket)}`);
  }

  private framePainted(client: Guacamole.Client): void {
    if (client !== this.client || this.state.painted || client.getDisplay().getWidth() === 0) return;
    this.tries = 0;
    this.set({ phase: 'live', painted: true, problem: null });
    this.resized();
  }

  private countFrames(): void {
    const framesPerSecond = this.frames;
    this.frames = 0;
    if (framesPerSecond !== this.state.framesPerSecond) this.set({ framesPerSecond });
  }

  private lost(client: Guacamole.Client): void {
    if (client !== this.client || this.stopped) return;
    this.client = null;
    this.input?.release();
    this.input = null;
    client.disconnect();
    this.again();
  }

  private again(): void {
    if (this.stopped) return;
    this.tries += 1;
    if (this.tries > TRIES) {
      this.end(null);
      return;
    }
    const phase = this.state.phase === 'connecting' ? 'connecting' : 'reconnecting';
    this.set({ phase, painted: false, slow: false });
    const delay = DELAYS[Math.min(this.tries - 1, DELAYS.length - 1)] ?? 5000;
    this.retryTimer = setTimeout(() => void this.connect(), delay * (0.8 + Math.random() * 0.4));
  }

  private end(problem: ProblemError | null): void {
    this.drop();
    this.set({ phase: 'over', painted: false, slow: false, problem });
  }

  private drop(): void {
    const client = this.client;
    this.client = null;
    this.input?.release();
    this.input = null;
    client?.disconnect();
  }

  /** The window has another size: fit the picture now, ask the viewer for that size once it is quiet. */
  private resized(): void {
    this.fit();
    clearTimeout(this.sizeTimer);
    if (this.options.control !== 'control') return;
    this.sizeTimer = setTimeout(() => {
      const { clientWidth, clientHeight } = this.options.host;
      if (this.state.painted && clientWidth > 0 && clientHeight > 0)
        this.client?.sendSize(clientWidth, clientHeight);
    }, RESIZE_QUIET_MS);
  }

  private fit(): void {
    const display = this.client?.getDisplay();
    if (display === undefined || display.getWidth() === 0 || display.getHeight() === 0) return;
    const { clientWidth, clientHeight } = this.options.host;
    display.scale(Math.min(clientWidth / display.getWidth(), clientHeight / display.getHeight()));
  }

  private set(change: Partial<DisplayState>): void {
    this.state = { ...this.state, ...change };
    if (!this.stopped) this.options.onState(this.state);
  }
}
