import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { paths } from './generated/schema.js';
import { OFFLINE, ProblemError, problemFrom } from './problem.js';

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

const ours: Middleware = {
  onRequest({ request }) {
    // A page of another site cannot set this header, so the server knows that the request is meant.
    if (UNSAFE.has(request.method)) request.headers.set('X-Vitrine', '1');
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return;
    throw problemFrom(response.status, await response.json().catch(() => undefined));
  },
  onError() {
    return new ProblemError(OFFLINE, 0, '');
  },
};

/** Requests to our own server, typed by its own document. Fails with ProblemError, also when the network is away. */
export const client: Client<paths> = createClient<paths>({ baseUrl: window.location.origin });
client.use(ours);

/** The body of an answer; what was no success has been thrown before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
