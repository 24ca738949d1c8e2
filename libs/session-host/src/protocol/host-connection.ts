import { connect, type Socket } from 'node:net';
import { Problem } from '@vitrine/kernel';
import { integer, object, oneOf, union } from './decode.js';
import { FrameReader, LARGEST_FRAME, writeJson } from './frames.js';
import { CHALLENGE, proofOf } from './greeting.js';
import { fromWire, WIRE_PROBLEM } from './wire-problem.js';

/** A question that was given up is waited for so long, since the host may still be making something. */
const LINGER_MS = 10_000;
const GREETING_MS = 5_000;

const anything = (value: unknown): unknown => value;
const number = integer(1, 2 ** 31);
const SAID = union('kind', {
  welcome: object({ kind: oneOf('welcome') }),
  answer: object({ kind: oneOf('answer'), id: number, result: anything }),
  event: object({ kind: oneOf('event'), id: number, event: anything }),
  failure: object({ kind: oneOf('failure'), id: number, problem: WIRE_PROBLEM }),
});

interface Waiting {
  readonly bytes: Buffer[];
  onEvent?(event: unknown): void;
  settle(result: unknown, bytes: readonly Buffer[]): void;
  fail(error: Error): void;
}

/** The result of a question, and the raw bytes that came with it. */
export interface Reply {
  readonly result: unknown;
  readonly bytes: Buffer;
}

/** One connection to the host, proven and open. Ends with the first thing that goes wrong on it. */
export class HostConnection {
  private readonly waiting = new Map<number, Waiting>();
  private readonly reader = new FrameReader(LARGEST_FRAME);
  private readonly endListeners: (() => void)[] = [];
  private last = 0;
  private ended: Problem | undefined;
  private challenged: ((nonce: string) => void) | undefined;
  private welcomed: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(new Error('the session host closed the connection')));
  }

  /** Throws `hypervisor.unreachable` when nobody answers there, or not as the host does. */
  static async open(path: string, readKey: () => Buffer): Promise<HostConnection> {
    const socket = connect(path);
    const connection = new HostConnection(socket);
    const timer = setTimeout(() => connection.end(new Error('no greeting came')), GREETING_MS);
    try {
      const nonce = await connection.until<string>((done) => (connection.challenged = done));
      const proof = proofOf(readKey(), nonce);
      const welcome = connection.until<undefined>((done) => (connection.welcomed = () => done(undefined)));
      writeJson(socket, { kind: 'proof', proof });
      await welcome;
      return connection;
    } catch (error) {
      socket.destroy();
      throw unreachable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Calls `listener` when this connection is of no use any more. */
  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else this.endListeners.push(listener);
  }

  close(): void {
    this.end(new Error('the control plane ends'));
  }

  ask(
    name: string,
    question: object,
    signal: AbortSignal,
    onEvent?: (event: unknown) => void,
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(this.ended);
        return;
      }
      const id = ++this.last;
      let linger: NodeJS.Timeout | undefined;
      const over = () => {
        this.waiting.delete(id);
        signal.removeEventListener('abort', cancel);
        clearTimeout(linger);
      };
      const cancel = () => {
        writeJson(this.socket, { kind: 'cancel', id });
        linger = setTimeout(() => {
          over();
          reject(whenAborted(signal));
        }, LINGER_MS);
      };
      this.waiting.set(id, {
        bytes: [],
        ...(onEvent && { onEvent }),
        settle: (result, bytes) => {
          over();
          resolve({ result, bytes: Buffer.concat(bytes) });
        },
        fail: (error) => {
          over();
          reject(signal.aborted ? whenAborted(signal) : error);
        },
      });
      try {
        writeJson(this.socket, { kind: 'ask', id, name, question });
      } catch (error) {
        over();
        reject(new Problem('kernel.invalid', { cause: error }));
        return;
      }
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    });
  }

  private take(chunk: Buffer): void {
    this.reader.push(chunk);
    try {
      for (let frame = this.reader.next(); frame !== undefined; frame = this.reader.next()) {
        if (frame.kind === 'bytes') this.waiting.get(frame.id)?.bytes.push(frame.bytes);
        else this.hear(frame.value);
      }
    } catch (error) {
      this.end(error);
    }
  }

  private hear(value: unknown): void {
    if (this.challenged) {
      const { nonce } = CHALLENGE(value, 'challenge');
      this.challenged(nonce);
      this.challenged = undefined;
      return;
    }
    const said = SAID(value, 'answer');
    if (said.kind === 'welcome') {
      this.welcomed?.();
      return;
    }
    const waiting = this.waiting.get(said.id);
    if (said.kind === 'event') waiting?.onEvent?.(said.event);
    else if (said.kind === 'answer') waiting?.settle(said.result, waiting.bytes);
    else waiting?.fail(fromWire(said.problem));
  }

  private until<T>(begin: (done: (value: T) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      begin(resolve);
      this.waiting.set(0, { bytes: [], settle: () => undefined, fail: reject });
    }).finally(() => this.waiting.delete(0));
  }

  private end(cause: unknown): void {
    if (this.ended) return;
    const problem = unreachable(cause);
    this.ended = problem;
    this.socket.destroy();
    for (const { fail } of [...this.waiting.values()]) fail(problem);
    for (const listener of this.endListeners) listener();
  }
}

const unreachable = (cause: unknown): Problem =>
  cause instanceof Problem
    ? cause
    : new Problem('hypervisor.unreachable', { cause, logContext: { reason: 'the session host' } });

const whenAborted = (signal: AbortSignal): Problem =>
  signal.reason instanceof Problem
    ? signal.reason
    : new Problem('hypervisor.took-too-long', { cause: signal.reason });
