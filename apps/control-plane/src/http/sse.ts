import type { Response } from 'express';
import type { CallerRequest } from './caller.js';

export interface SseOptions {
  readonly heartbeatMs?: number;
  /** The stream ends by then and the browser comes again. */
  readonly deadlineMs?: number;
}

/** Sends one event as JSON. Does nothing after the end. */
export type SendEvent = (data: unknown) => void;

const HEARTBEAT_MS = 15_000;
const DEADLINE_MS = 30 * 60_000;
// A browser that does not read must not make the server keep its events.
const UNREAD_BYTES = 1024 * 1024;

/**
 * Answers with server-sent events until `end` is called, the browser leaves, the deadline passes, or the sign-in or
 * grant behind the request ends (looked at with each heartbeat).
 *
 * `subscribe` is called once, sends what there is now and then each change, and returns what frees it, which is
 * called exactly once. When it throws, the request is answered with that Problem as any other would be.
 */
export async function sseStream(
  request: CallerRequest,
  response: Response,
  subscribe: (send: SendEvent, end: () => void) => (() => void) | Promise<() => void>,
  { heartbeatMs = HEARTBEAT_MS, deadlineMs = DEADLINE_MS }: SseOptions = {},
): Promise<void> {
  const stream = new EventStream(response);
  response.once('close', () => stream.end());
  const unsubscribe = await subscribe(
    (data) => stream.send(data),
    () => stream.end(),
  );
  const heartbeat = setInterval(() => {
    void isStillAllowed(request).then((allowed) => (allowed ? stream.beat() : stream.end()));
  }, heartbeatMs);
  const deadline = setTimeout(() => stream.end(), deadlineMs);
  stream.open(() => {
    clearInterval(heartbeat);
    clearTimeout(deadline);
    unsubscribe();
  });
}

const isStillAllowed = async (request: CallerRequest): Promise<boolean> => {
  try {
    return (await request.stillAllowed?.()) ?? true;
  } catch {
    // Not known is not no: the database may be busy for a moment. The next heartbeat asks again.
    return true;
  }
};

class EventStream {
  private state: 'before' | 'open' | 'over' = 'before';
  /** What was sent before the head of the answer. */
  private early = '';
  private release: (() => void) | undefined;

  constructor(private readonly response: Response) {}

  send(data: unknown): void {
    this.write(`data: ${JSON.stringify(data)}\n\n`);
  }

  beat(): void {
    this.write(': still here\n\n');
  }

  open(release: () => void): void {
    const endedEarly = this.state === 'over';
    this.release = release;
    this.state = 'open';
    if (!this.response.destroyed) {
      this.response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        // Proxies that gather an answer before they pass it on would hold events back.
        'X-Accel-Buffering': 'no',
      });
      this.response.flushHeaders();
      this.write(this.early);
    }
    if (endedEarly || this.response.destroyed) this.end();
  }

  end(): void {
    const wasOpen = this.state === 'open';
    this.state = 'over';
    if (!wasOpen) return;
    this.release?.();
    this.response.end();
  }

  private write(text: string): void {
    if (this.state === 'over' || text === '') return;
    if (this.state === 'before') this.early += text;
    else if (this.response.writableLength > UNREAD_BYTES) this.end();
    else this.response.write(text);
  }
}
