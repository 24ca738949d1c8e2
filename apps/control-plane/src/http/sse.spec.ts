import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Response } from 'express';
import type { CallerRequest } from './caller.js';
import { sseStream, type SendEvent } from './sse.js';

/** What of an answer the stream uses. */
class FakeResponse extends EventEmitter {
  destroyed = false;
  ended = false;
  writableLength = 0;
  text = '';

  writeHead(): void {}
  flushHeaders(): void {}

  write(text: string): void {
    if (this.ended) throw new Error('write after end');
    this.text += text;
  }

  end(): void {
    this.ended = true;
  }

  leave(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

const open = async (
  allowed: () => Promise<boolean> = () => Promise.resolve(true),
  options: { heartbeatMs?: number; deadlineMs?: number } = {},
) => {
  const response = new FakeResponse();
  let freed = 0;
  let send: SendEvent = () => undefined;
  await sseStream(
    { stillAllowed: allowed } as CallerRequest,
    response as unknown as Response,
    (sendEvent) => {
      send = sendEvent;
      sendEvent('now');
      return () => freed++;
    },
    { heartbeatMs: 1000, deadlineMs: 1000, ...options },
  );
  return { response, send: (data: unknown) => send(data), freed: () => freed };
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a stream of events', () => {
  it('sends what there is now and each change, and is freed once when the browser leaves', async () => {
    const stream = await open();
    stream.send({ step: 2 });
    expect(stream.response.text).toBe('data: "now"\n\ndata: {"step":2}\n\n');
    stream.response.leave();
    stream.response.leave();
    stream.send('late');
    expect(stream.freed()).toBe(1);
    expect(stream.response.text).not.toContain('late');
  });

  it('frees its source also when the browser left while it was opened', async () => {
    const response = new FakeResponse();
    let freed = 0;
    await sseStream({} as CallerRequest, response as unknown as Response, async () => {
      await Promise.resolve();
      response.leave();
      return () => freed++;
    });
    expect(freed).toBe(1);
    expect(response.text).toBe('');
  });

  it('shows with each heartbeat that it is alive', async () => {
    const stream = await open(undefined, { heartbeatMs: 5 });
    await pause(30);
    expect(stream.response.text).toContain(': still here\n\n');
    stream.response.leave();
  });

  it('ends when the sign-in behind it has ended', async () => {
    let allowed = true;
    const stream = await open(() => Promise.resolve(allowed), { heartbeatMs: 5 });
    await pause(20);
    expect(stream.response.ended).toBe(false);
    allowed = false;
    await pause(20);
    expect(stream.response.ended).toBe(true);
    expect(stream.freed()).toBe(1);
  });

  it('stays when it cannot be found out for a moment', async () => {
    const stream = await open(() => Promise.reject(new Error('busy')), { heartbeatMs: 5 });
    await pause(20);
    expect(stream.response.ended).toBe(false);
    stream.response.leave();
  });

  it('ends at its deadline', async () => {
    const stream = await open(undefined, { deadlineMs: 10 });
    await pause(40);
    expect(stream.response.ended).toBe(true);
    expect(stream.freed()).toBe(1);
  });

  it('ends when the browser does not read', async () => {
    const stream = await open();
    stream.response.writableLength = 2 * 1024 * 1024;
    stream.send('more');
    expect(stream.response.ended).toBe(true);
    expect(stream.freed()).toBe(1);
  });

  it('answers a failure to open as a failure, not as an empty stream', async () => {
    const response = new FakeResponse();
    const failing = sseStream({} as CallerRequest, response as unknown as Response, () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(response.ended).toBe(false);
  });
});
