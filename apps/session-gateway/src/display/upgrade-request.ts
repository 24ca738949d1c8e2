import type { IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
import { hashSecret, Problem } from '@vitrine/kernel';
import type { TicketPresentation } from '@vitrine/sessions';

export const DISPLAY_PATH = '/display';
export const SUBPROTOCOL = 'guacamole';
const COOKIES = ['vitrine_sign_in', 'vitrine_visit'];
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const MAXIMUM_ORIGIN = 256;

/** Reads what a browser shows when it asks for a display. Throws a Problem for what no browser of ours sends. */
export function readUpgradeRequest(request: IncomingMessage): TicketPresentation {
  const { headers, url = '' } = request;
  if (request.method !== 'GET' || !URL.canParse(url, 'http://localhost')) throw new Problem('kernel.invalid');
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (pathname !== DISPLAY_PATH) throw new Problem('kernel.not-found');
  const protocols = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  if (protocols?.includes(SUBPROTOCOL) !== true) throw new Problem('kernel.invalid');
  const { origin } = headers;
  if (origin === undefined || origin.length > MAXIMUM_ORIGIN) throw new Problem('sessions.ticket-refused');
  const secret = searchParams.get('ticket') ?? '';
  if (!SECRET.test(secret)) throw new Problem('sessions.ticket-refused');
  const cookies = parseCookie(headers.cookie ?? '');
  const values = COOKIES.map((name) => cookies[name]).filter((value) => value !== undefined);
  return { secret, origin, cookieHashes: values.map(hashSecret) };
}
