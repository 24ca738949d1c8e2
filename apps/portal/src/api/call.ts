import { OFFLINE, ProblemError, problemFrom } from './problem.js';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** One request to our own server. Throws ProblemError, also when the network is away. */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = {};
  if (method !== 'GET') headers['X-Vitrine'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ProblemError(OFFLINE, 0, '');
  }
  const text = await response.text();
  const parsed = parse(text);
  if (!response.ok) throw problemFrom(response.status, parsed);
  return parsed as T;
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
