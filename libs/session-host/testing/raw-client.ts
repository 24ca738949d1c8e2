import { connect, type Socket } from 'node:net';
import { FrameReader, LARGEST_FRAME, writeJson } from '../src/protocol/frames.js';
import { proofOf } from '../src/protocol/greeting.js';

const PATIENCE_MS = 20_000;

/** Says whatever a test wants on the host's socket, also what no client of ours would say. */
export class RawClient {
  readonly heard: unknown[] = [];
  private readonly reader = new FrameReader(LARGEST_FRAME);
  private wake: () => void = () => undefined;
  private last = 0;
  ended = false;

  private constructor(readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.reader.push(chunk);
      for (let frame = this.reader.next(); frame; frame = this.reader.next())
        if (frame.kind === 'json') this.heard.push(frame.value);
      this.wake();
    });
    socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  /** With the key, it is let in before this returns. */
  static async open(path: string, key?: Buffer): Promise<RawClient> {
    const client = new RawClient(connect(path));
    const { nonce } = (await client.until(() => client.heard[0])) as { nonce: string };
    if (key) {
      writeJson(client.socket, { kind: 'proof', proof: proofOf(key, nonce) });
      await client.until(() => client.heard[1]);
    }
    return client;
  }

  /** The answer, the code of its Problem, or that the connection was ended. */
  async ask(name: string, question: unknown, more: object = {}): Promise<string> {
    const id = ++this.last;
    writeJson(this.socket, { kind: 'ask', id, name, question, ...more });
    return this.outcome(id);
  }

  async outcome(id: number): Promise<string> {
    const answer = (await this.until(() => this.heard.find((one) => (one as { id?: number }).id === id))) as
      { kind: string; problem?: { code: string; reason: string | null }; result?: unknown } | undefined;
    if (answer === undefined) return 'cut off';
    const { code, reason } = answer.problem ?? {};
    return answer.kind === 'failure' ? `${code}${reason ? ` (${reason})` : ''}` : 'DONE';
  }

  /** What `look` finds; undefined when the connection ends first. */
  async until<T>(look: () => T | undefined): Promise<T | undefined> {
    for (const giveUp = Date.now() + PATIENCE_MS; ;) {
      const seen = look();
      if (seen !== undefined || this.ended) return seen;
      if (Date.now() > giveUp) throw new Error('the host said nothing');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
