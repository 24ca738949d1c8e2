import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem } from '@vitrine/kernel';
import { problemBody } from '../front/problem-body.js';

/** How long a refused peer may take to close its side. */
const LINGER_MS = 1000;

/** Answers an upgrade request with a plain HTTP error and closes. Never throws: the peer may be gone already. */
export function refuseUpgrade(socket: Duplex, problem: Problem): void {
  if (socket.destroyed) return;
  const body = JSON.stringify(problemBody(problem));
  const { http } = problem.row;
  socket.once('finish', () => setTimeout(() => socket.destroy(), LINGER_MS).unref());
  socket.end(
    [
      `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? 'Error'}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
