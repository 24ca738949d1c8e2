import { Upload } from 'tus-js-client';
import { fetchFrom } from './fetch-from.js';
import type { Stack } from './stack.js';

/** What is large takes its time to be looked at, also beside much else. */
const EXAMINED_MS = 300_000;

export interface SampleFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface ImportView {
  readonly id: string;
  readonly state: 'receiving' | 'examining' | 'done' | 'failed';
  readonly filesStored: number;
  readonly filesDuplicate: number;
  readonly notes: readonly { name: string; code: string; message: string }[];
  readonly items: readonly { id: string; kind: string; title: string }[];
}

export interface SessionView {
  readonly id: string;
  readonly state: string;
  readonly step: string;
  readonly endReason?: string;
  readonly participants: readonly { id: string; name: string; kind: string }[];
}

/** One browser's worth of requests: keeps its cookies, and sends what the portal would send. */
export class ApiClient {
  private readonly cookies = new Map<string, string>();

  /** `localAddress`: where it comes from, where not from everybody's address. */
  constructor(
    readonly stack: Stack,
    private readonly localAddress?: string,
  ) {}

  /** The same person, from another address. */
  at(localAddress: string | undefined): ApiClient {
    const other = new ApiClient(this.stack, localAddress);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const ask = this.localAddress === undefined ? fetch : fetchFrom(this.localAddress);
    const answer = await ask(`${this.stack.origin}${path}`, {
      method,
      headers: {
        origin: this.stack.origin,
        'x-vitrine': '1',
        cookie: this.cookieHeader,
        // One that is kept may just be closed from the other side when the next request is sent.
        connection: 'close',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = (cookie.split(';')[0] ?? '').split('=');
      if (name !== undefined && value !== undefined) this.cookies.set(name, value);
    }
    return answer;
  }

  /** The answer as JSON; anything but success is an error that shows what was said. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.fetch(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  signUp(name: string, email: string): Promise<{ id: string }> {
    return this.call('POST', '/api/sign-up', {
      name,
      email,
      password: 'three quiet herons',
      birthDate: '1951-04-02',
    });
  }

  /** Adds files as the Add page does, and waits until they have been examined. */
  async addFiles(files: readonly SampleFile[], depositCode?: string): Promise<ImportView> {
    const { id } = await this.call<ImportView>(
      'POST',
      '/api/imports',
      depositCode === undefined ? {} : { depositCode },
    );
    for (let i = 0; i < files.length; i += 4)
      await Promise.all(files.slice(i, i + 4).map((file) => this.upload(id, file)));
    await this.call('POST', `/api/imports/${id}/finish`);
    return this.until(
      `import ${id}`,
      () => this.call<ImportView>('GET', `/api/imports/${id}`),
      ({ state }) => state === 'done' || state === 'failed',
      EXAMINED_MS,
    );
  }

  private upload(importId: string, file: SampleFile): Promise<void> {
    return new Promise((resolve, reject) => {
      new Upload(file.bytes, {
        endpoint: `${this.stack.origin}/api/uploads`,
        metadata: { importId, name: file.name },
        headers: { cookie: this.cookieHeader, origin: this.stack.origin, 'x-vitrine': '1' },
        retryDelays: [],
        onError: reject,
        onSuccess: () => resolve(),
      }).start();
    });
  }

  /** Opens items and waits until the display answers. */
  async openSession(itemIds: readonly string[], viewerId?: string): Promise<SessionView> {
    const body = viewerId === undefined ? { itemIds } : { itemIds, viewerId };
    const { id } = await this.call<SessionView>('POST', '/api/sessions', body);
    return this.untilSession(id, (session) => session.state === 'ready');
  }

  async untilSession(id: string, wanted: (session: SessionView) => boolean): Promise<SessionView> {
    const session = await this.until(
      `session ${id}`,
      () => this.call<SessionView>('GET', `/api/sessions/${id}`),
      (seen) => wanted(seen) || seen.state === 'ended' || seen.state === 'failed',
    );
    if (!wanted(session)) throw new Error(`session ${id} ${session.state}: ${session.endReason ?? ''}`);
    return session;
  }

  /** A display ticket of this browser, as the query of the WebSocket's address. */
  async displayUrl(sessionId: string): Promise<string> {
    const { ticket, path } = await this.call<{ ticket: string; path: string }>(
      'POST',
      `/api/sessions/${sessionId}/tickets`,
    );
    return `${this.stack.origin.replace(/^http/, 'ws')}${path}?ticket=${encodeURIComponent(ticket)}`;
  }

  private async until<T>(
    what: string,
    look: () => Promise<T>,
    wanted: (seen: T) => boolean,
    deadlineMs = 60_000,
  ): Promise<T> {
    const deadline = Date.now() + deadlineMs;
    for (;;) {
      const seen = await look();
      if (wanted(seen)) return seen;
      if (Date.now() > deadline) throw new Error(`${what} took too long: ${JSON.stringify(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
