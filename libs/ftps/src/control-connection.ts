import type { Socket } from 'node:net';
import { TLSSocket, type SecureContextOptions } from 'node:tls';
import { addressOf } from './address.js';
import { ClientBinding } from './client-binding.js';
import { CommandLines, LineTooLong, type Command } from './command-lines.js';
import type { FtpsService } from './ftps-service.js';
import type { FtpsLimits } from './limits.js';
import { REPLY, replyBytes, type Reply } from './replies.js';
import { Session, type PassiveOptions } from './session.js';

/** How a connection ended, for the log. */
export type Ending = 'quit' | 'lost' | 'timed-out' | 'refused' | 'aborted';

/** Commands that wait for their turn. Clients that send ahead send a handful. */
const MOST_WAITING = 64;
/** Replies that the client does not read. */
const MOST_UNREAD_BYTES = 64 * 1024;
/** After the last word, until the client closes. */
const LAST_WORD_MS = 2_000;

export interface ConnectionOptions {
  readonly service: FtpsService;
  readonly limits: FtpsLimits;
  /** Asked for each connection, so that a renewed certificate is used without a restart. */
  readonly certificate: () => SecureContextOptions;
  readonly passive: PassiveOptions;
  /** Told what was thrown and is neither the client's fault nor a refusal. */
  readonly onBug: (error: unknown) => void;
}

/**
 * One control connection, from its first byte to its end. Never throws: whatever the client sends, it ends closed and
 * with its visit told so.
 */
export class ControlConnection {
  private stream: Socket;
  private lines = new CommandLines();
  private readonly waiting: Command[] = [];
  private wake: (() => void) | undefined;
  private ending: Ending | undefined;
  private isClosed = false;
  private binding: ClientBinding | undefined;
  private loginTimer: NodeJS.Timeout | undefined;
  private readonly session: Session;

  constructor(
    socket: Socket,
    private readonly options: ConnectionOptions,
  ) {
    this.stream = socket;
    const { service, limits, passive } = options;
    const [peer, host] = [addressOf(socket.remoteAddress), addressOf(socket.localAddress)];
    this.session = new Session({ service, limits, passive, peer, host, send: (reply) => this.send(reply) });
  }

  /** Serves the connection. Resolves when it is closed and everything that belonged to it is let go. */
  async run(): Promise<Ending> {
    this.listen(this.stream);
    this.stream.setNoDelay(true);
    this.loginTimer = setTimeout(() => {
      if (!this.session.isLoggedIn) this.end('timed-out', REPLY.tooSlow);
    }, this.options.limits.loginMs);
    this.send(REPLY.ready);
    try {
      for (;;) {
        const command = await this.next();
        if (command === undefined) break;
        await this.obey(command);
      }
    } catch (error) {
      this.options.onBug(error);
      this.end('aborted', REPLY.bug);
    } finally {
      this.session.end();
      this.end('lost');
    }
    await this.closed();
    clearTimeout(this.loginTimer);
    return this.ending ?? 'lost';
  }

  /** Ends the connection with a last word. */
  end(ending: Ending, lastWord?: Reply): void {
    if (this.ending !== undefined) return;
    this.ending = ending;
    this.session.abort();
    if (lastWord === undefined || this.isClosed) this.stream.destroy();
    else {
      this.stream.end(replyBytes(lastWord));
      const { stream } = this;
      setTimeout(() => stream.destroy(), LAST_WORD_MS).unref();
    }
    this.wake?.();
  }

  private async obey(command: Command): Promise<void> {
    if (command.verb === 'AUTH') {
      this.authenticate(command.argument);
      return;
    }
    const reply = await this.session.take(command);
    if (reply.code === REPLY.goodbye.code) this.end('quit', reply);
    else if (reply.code === REPLY.ending.code) this.end('refused', reply);
    else this.send(reply);
  }

  /** From plain to TLS, and never back (RFC 4217 §4). */
  private authenticate(argument: string): void {
    if (this.binding !== undefined) {
      this.send(REPLY.wrongOrder);
      return;
    }
    if (!/^TLS(-C)?$/i.test(argument)) {
      this.send(REPLY.notThisKind);
      return;
    }
    let binding: ClientBinding;
    try {
      binding = new ClientBinding(this.options.certificate());
    } catch (error) {
      this.options.onBug(error);
      this.send(REPLY.notReady);
      return;
    }
    // What was sent ahead in the clear could be another's word; it must not count as said in TLS.
    if (this.waiting.length > 0 || this.lines.isWithin || this.stream.readableLength > 0) {
      this.end('aborted', REPLY.wrongOrder);
      return;
    }
    const plain = this.stream;
    plain.removeAllListeners('data').removeAllListeners('close').pause();
    this.send(REPLY.negotiate);
    this.lines = new CommandLines();
    this.stream = new TLSSocket(plain, binding.options());
    this.listen(this.stream);
    this.binding = binding;
    this.session.becomePrivate(binding);
  }

  private listen(stream: Socket): void {
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => this.hear(chunk));
    stream.on('close', () => {
      this.isClosed = true;
      this.session.abort();
      this.wake?.();
    });
  }

  private hear(chunk: Buffer): void {
    if (this.ending !== undefined) return;
    try {
      for (const command of this.lines.push(chunk)) {
        // Heard at once; it is answered in its turn.
        if (command.verb === 'ABOR') this.session.abort();
        this.waiting.push(command);
      }
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error;
      this.end('aborted', REPLY.tooLong);
    }
    if (this.waiting.length > MOST_WAITING) this.end('aborted', REPLY.tooLong);
    this.wake?.();
  }

  /** The next command; undefined at the end. */
  private async next(): Promise<Command | undefined> {
    if (this.waiting.length === 0 && !this.isClosed && this.ending === undefined)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.end('timed-out', REPLY.tooSlow), this.options.limits.idleMs);
        this.wake = () => {
          if (this.waiting.length === 0 && !this.isClosed && this.ending === undefined) return;
          clearTimeout(timer);
          this.wake = undefined;
          resolve();
        };
      });
    return this.ending === undefined ? this.waiting.shift() : undefined;
  }

  private send(reply: Reply): void {
    if (this.ending !== undefined || !this.stream.writable) return;
    this.stream.write(replyBytes(reply));
    if (this.stream.writableLength > MOST_UNREAD_BYTES) this.end('aborted');
  }

  private closed(): Promise<void> {
    return this.isClosed
      ? Promise.resolve()
      : new Promise((resolve) => this.stream.once('close', () => resolve()));
  }
}
