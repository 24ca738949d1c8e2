import type { IncomingMessage } from 'node:http';
import type { Settings } from '@vitrine/kernel';

const LOOPBACK = /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/;

/**
 * The address that limits are counted by. Only where the public URL is HTTPS and the peer is this machine, that is,
 * where a TLS proxy stands before us, the last address that the proxy names is taken instead.
 */
export function clientAddress(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  settings: Pick<Settings, 'publicUrl'>,
): string {
  const peer = request.socket.remoteAddress ?? 'unknown';
  if (!settings.publicUrl.startsWith('https:') || !LOOPBACK.test(peer)) return peer;
  const forwarded = request.headers['x-forwarded-for'];
  const named = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded)?.split(',').at(-1)?.trim();
  return named === undefined || named === '' ? peer : named;
}
