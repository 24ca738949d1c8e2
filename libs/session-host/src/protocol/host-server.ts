import { chmodSync, chownSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { delay, freeSocket, Problem, type Logger, type WebUser } from '@vitrine/kernel';
import type { Notary } from '@vitrine/sealing';
import type { SessionHost } from '../session-host.js';
import { AnswerWithBytes, answerTo } from './answers.js';
import { BadMessage } from './decode.js';
import { FrameReader, LARGEST_FRAME, writeBytes, writeJson } from './frames.js';
import { newChallenge, PROOF, proves } from './greeting.js';
import { MESSAGE, QUESTIONS } from './questions.js';
import { toWire } from './wire-problem.js';

const MOST_CONNECTIONS = 16;
const MOST_QUESTIONS = 512;
/** Who connects proves at once who it is. */
const PROOF_MS = 2_000;
const LARGEST_PROOF = 256;
const LOOK_MS = 50;

export interface HostServerOptions {
  readonly path: string;
  readonly key: Buffer;
  readonly host: SessionHost;
  readonly notary: Notary;
  readonly logger: Logger;
  /** Who may open the socket besides root. */
  readonly web: WebUser | undefined;
}

/**
 * Lets the control plane ask the host, on a Unix socket. Whoever connects has to prove that it has the key; a message
 * that is not exactly of its form ends the connection. What was asked on a connection is stopped when it ends.
 */
export class HostServer {
  private readonly connections = new Set<Socket>();
  private readonly server: Server;

  constructor(private readonly options: HostServerOptions) {
    this.server = createServer((socket) => this.accept(socket));
    this.server.maxConnections = MOST_CONNECTIONS;
  }

  async listen(): Promise<void> {
    const { path, web } = this.options;
    await freeSocket(path, 'session host');
    // Until its owner is set nobody but root may open it.
    const before = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        this.server.once('error', reject);
        this.server.listen(path, resolve);
      });
    } finally {
      process.umask(before);
    }
    if (web) chownSync(path, web.uid, web.gid);
    chmodSync(path, 0o600);
  }

  /** Resolves when nobody is connected any more, or after so many milliseconds. */
  async whenLeft(ms: number): Promise<void> {
    for (const giveUp = Date.now() + ms; this.connections.size > 0 && Date.now() < giveUp;)
      await delay(LOOK_MS);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.connections) socket.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    const connection = new Connection(socket, this.options);
    this.connections.add(socket);
    socket.once('close', () => this.connections.delete(socket));
    connection.greet();
  }
}

class Connection {
  private readonly reader = new FrameReader(LARGEST_PROOF);
  private readonly asked = new Map<number, AbortController>();
  private readonly challenge = newChallenge();
  private readonly late: NodeJS.Timeout;
  private isProven = false;

  constructor(
    private readonly socket: Socket,
    private readonly options: HostServerOptions,
  ) {
    this.late = setTimeout(() => this.refuse('no proof came'), PROOF_MS);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => undefined);
    socket.once('close', () => this.end());
  }

  greet(): void {
    writeJson(this.socket, this.challenge);
  }

  private take(chunk: Buffer): void {
    if (this.socket.destroyed) return;
    this.reader.push(chunk);
    try {
      for (let frame = this.reader.next(); frame !== undefined; frame = this.reader.next()) {
        if (frame.kind !== 'json') throw new BadMessage('bytes that nobody asked for');
        if (this.isProven) this.hear(frame.value);
        else this.prove(frame.value);
      }
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.refuse(error.message);
    }
  }

  private prove(untrusted: unknown): void {
    const { proof } = PROOF(untrusted, 'proof');
    if (!proves(this.options.key, this.challenge.nonce, proof)) throw new BadMessage('a wrong proof');
    clearTimeout(this.late);
    this.isProven = true;
    this.reader.admit(LARGEST_FRAME);
    writeJson(this.socket, { kind: 'welcome' });
  }

  private hear(untrusted: unknown): void {
    const message = MESSAGE(untrusted, 'message');
    if (message.kind === 'cancel') {
      this.asked.get(message.id)?.abort(new Problem('kernel.busy'));
      return;
    }
    const { id, name, question } = message;
    if (this.asked.has(id) || this.asked.size >= MOST_QUESTIONS) throw new BadMessage('too many questions');
    // Before anything is done: a question that is not of its form is not answered.
    const checked = QUESTIONS[name](question, name);
    const controller = new AbortController();
    this.asked.set(id, controller);
    void this.answer(id, name, checked, controller.signal).finally(() => this.asked.delete(id));
  }

  private async answer(
    id: number,
    name: keyof typeof QUESTIONS,
    question: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const tell = (event: unknown) => this.send({ kind: 'event', id, event });
      const result = await answerTo(this.options, name, question, signal, tell);
      if (result instanceof AnswerWithBytes) {
        if (!this.socket.destroyed) writeBytes(this.socket, id, result.bytes);
        this.send({ kind: 'answer', id, result: result.result });
      } else this.send({ kind: 'answer', id, result: result ?? null });
    } catch (error) {
      const problem = toWire(error);
      if (problem.code === 'sessions.not-permitted' || problem.code === 'kernel.unexpected')
        this.options.logger.warn({ question: name, ...problem, err: error }, 'a question was refused');
      this.send({ kind: 'failure', id, problem });
    }
  }

  private send(value: unknown): void {
    if (!this.socket.destroyed) writeJson(this.socket, value);
  }

  private refuse(reason: string): void {
    this.options.logger.warn({ reason }, 'a connection to the host was refused');
    this.socket.destroy();
  }

  /** Nobody waits for the answers any more. */
  private end(): void {
    clearTimeout(this.late);
    for (const controller of this.asked.values()) controller.abort(new Problem('kernel.busy'));
  }
}
