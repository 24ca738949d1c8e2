import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Control } from '@vitrine/delegation';
import { PROBLEMS, type ProblemCode } from '@vitrine/kernel';
import type { LeaveReason } from '@vitrine/sessions';
import { ClientGuard } from '../guacamole/client-guard.js';
import { LARGEST_READ, leaveGuacd, type GuacdConnection } from '../guacamole/guacd-handshake.js';
import { instruction } from '../guacamole/instruction.js';
import { ServerGuard } from '../guacamole/server-guard.js';

/** A browser that is behind by this much is not sent more: guacd then skips frames instead of piling them up. */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;
const CLOSE_GRACE_MS = 200;
/** Nobody sees that a part of a frame comes so much later; guacd fills 32 MiB a second without waiting. */
const PACE_MS = 2;
const NORMAL_CLOSURE = 1000;
const NOP = instruction('nop');
const MESSAGES_PER_SECOND = 4000;

export interface TunnelTimes {
  /** A browser that takes nothing for so long is let go. */
  readonly stalledMs: number;
  /** guacd gives a browser up after 15 s of silence, and a page in the background may be silent for longer. */
  readonly keepAliveMs: number;
  /** A browser that does not even answer a ping of its socket is gone. */
  readonly deadMs: number;
}
export const TUNNEL_TIMES: TunnelTimes = { stalledMs: 30_000, keepAliveMs: 5000, deadMs: 30_000 };

export interface TunnelEvents {
  onInput(): void;
  onSize(width: number, height: number): void;
}

/** One browser and its own connection to guacd: bytes pass through two guards, and as fast as the slower side. */
export class Tunnel {
  /** Settles when both sides are closed; never rejects. */
  readonly closed: Promise<LeaveReason>;
  private readonly fromGuacd = new ServerGuard();
  private readonly fromBrowser: ClientGuard;
  private readonly heartbeat: NodeJS.Timeout;
  private unsent = 0;
  private stalled: NodeJS.Timeout | undefined;
  private pacing: NodeJS.Timeout | undefined;
  private reason: LeaveReason | undefined;
  private lossless = true;
  private askedAt = 0;
  private roundTripMs: number | null = null;
  private lastHeard = Date.now();
  private second = 0;
  private messages = 0;

  constructor(
    private readonly browser: WebSocket,
    private readonly guacd: GuacdConnection,
    private readonly control: Control,
    private readonly events: TunnelEvents,
    private readonly times: TunnelTimes = TUNNEL_TIMES,
  ) {
    this.fromBrowser = new ClientGuard(control);
    this.closed = new Promise((resolve) => {
      browser.once('close', () => {
        this.end('closed-by-browser');
        resolve(this.reason ?? 'closed-by-browser');
      });
    });
    this.heartbeat = setInterval(() => this.beat(), times.keepAliveMs);
    this.listen();
    // A UUID of our own: guacd's connection id would let its holder join this connection.
    this.send(Buffer.from(instruction('', randomUUID())));
    this.sendState();
    this.ask();
    this.receive(guacd.rest);
    guacd.socket.resume();
    browser.resume();
  }

  /** How many instructions were held back, from guacd and from the browser. */
  get dropped(): readonly [number, number] {
    return [this.fromGuacd.dropped, this.fromBrowser.dropped];
  }

  /** Ends both sides at once; the browser is told why. `closed` settles within a fraction of a second. */
  close(reason: ProblemCode): void {
    if (this.end(reason)) this.closeBrowser(PROBLEMS[reason].ws, reason);
  }

  private closeBrowser(code: number, reason?: string): void {
    this.browser.close(code, reason);
    // A browser that does not answer, or that still has a queue before it, is not waited for.
    setTimeout(() => this.browser.terminate(), CLOSE_GRACE_MS);
  }

  private end(reason: LeaveReason): boolean {
    if (this.reason !== undefined) return false;
    this.reason = reason;
    clearInterval(this.heartbeat);
    clearTimeout(this.stalled);
    clearTimeout(this.pacing);
    leaveGuacd(this.guacd);
    return true;
  }

  private listen(): void {
    const { browser } = this;
    const { socket } = this.guacd;
    this.guacd.listen((chunk) => this.receive(chunk));
    socket.on('error', () => this.close('sessions.display-lost'));
    socket.on('close', () => this.close('sessions.display-lost'));
    socket.on('drain', () => browser.resume());
    browser.on('message', (data: RawData, binary: boolean) => this.hear(data, binary));
    browser.on('pong', () => this.answered());
    // ws closes a browser that breaks the protocol by itself, with the code of RFC 6455.
    browser.on('error', () => this.end('kernel.invalid'));
  }

  private receive(chunk: Buffer): void {
    if (this.reason !== undefined || chunk.length === 0) return;
    const frames = this.fromGuacd.frames;
    try {
      const allowed = this.fromGuacd.push(chunk);
      // A copy: the chunk will be overwritten. One message, since each costs about as much, however long it is.
      if (allowed.length > 0) this.send(Buffer.concat(allowed));
    } catch {
      this.close('hypervisor.unsafe-endpoint');
      return;
    }
    const isWhole = this.fromGuacd.frames !== frames;
    if (isWhole && this.fromGuacd.lossless !== this.lossless) this.sendState();
    // Whoever has just come waits for the first frame, and guacd for whoever takes it.
    if (!isWhole && frames > 0 && chunk.length < LARGEST_READ) this.pace();
    if (this.fromGuacd.ended) this.close('sessions.display-lost');
  }

  /**
   * guacd hands a frame over in pieces of 8 KiB, and being woken for each costs more than all that is done with it. So
   * after a piece that ends no frame nothing is read for a moment; then several come at once.
   */
  private pace(): void {
    const { socket } = this.guacd;
    socket.pause();
    this.pacing = setTimeout(() => {
      if (this.stalled === undefined) socket.resume();
    }, PACE_MS);
  }

  private hear(data: RawData, binary: boolean): void {
    if (this.reason !== undefined) return;
    this.lastHeard = Date.now();
    if (this.floods()) {
      this.close('kernel.too-many-requests');
      return;
    }
    if (binary || !Buffer.isBuffer(data)) {
      this.close('kernel.invalid');
      return;
    }
    try {
      const message = this.fromBrowser.read(data);
      for (const ping of message.echo) if (this.unsent < HIGH_WATER) this.send(ping);
      for (const allowed of message.forward) this.forward(allowed);
      if (message.input) this.events.onInput();
      if (message.size !== undefined) this.events.onSize(message.size.width, message.size.height);
      if (message.disconnect && this.end('closed-by-browser')) this.closeBrowser(NORMAL_CLOSURE);
    } catch {
      this.close('kernel.invalid');
    }
  }

  private floods(): boolean {
    const second = Math.floor(this.lastHeard / 1000);
    if (second !== this.second) [this.second, this.messages] = [second, 0];
    return ++this.messages > MESSAGES_PER_SECOND;
  }

  private forward(allowed: Buffer): void {
    if (!this.guacd.socket.write(allowed)) this.browser.pause();
  }

  private send(bytes: Buffer): void {
    this.unsent += bytes.length;
    this.browser.send(bytes, { binary: false }, () => this.sent(bytes.length));
    if (this.unsent > HIGH_WATER && this.stalled === undefined) {
      this.guacd.socket.pause();
      this.stalled = setTimeout(() => this.close('sessions.display-lost'), this.times.stalledMs);
    }
  }

  private sent(bytes: number): void {
    this.unsent -= bytes;
    if (this.stalled === undefined || this.unsent > LOW_WATER) return;
    clearTimeout(this.stalled);
    this.stalled = undefined;
    this.guacd.socket.resume();
  }

  /** An instruction of our own, which guacd cannot send past the guard. See README: state. */
  private sendState(): void {
    this.lossless = this.fromGuacd.lossless;
    const { lossless, control, roundTripMs } = this;
    const state = JSON.stringify({ lossless, control, roundTripMs });
    this.send(Buffer.from(instruction('vitrine', 'state', state)));
  }

  private ask(): void {
    this.askedAt = performance.now();
    this.browser.ping();
  }

  /** How long the way is to the browser and back: what a person waits for besides the viewer itself. */
  private answered(): void {
    this.lastHeard = Date.now();
    this.roundTripMs = Math.round(performance.now() - this.askedAt);
    if (this.reason === undefined && this.unsent < HIGH_WATER) this.sendState();
  }

  private beat(): void {
    if (Date.now() - this.lastHeard > this.times.deadMs) {
      this.end('sessions.display-lost');
      this.browser.terminate();
      return;
    }
    // Seen with guacd 1.3.0, of some 600 joins once (ADR 0049): without a size a page shows nothing, for ever.
    if (this.fromGuacd.frames > 0 && !this.fromGuacd.hasScreen) {
      this.close('sessions.display-lost');
      return;
    }
    this.ask();
    this.guacd.socket.write(NOP);
  }
}
