import { Agent, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { Problem, webDir, type Logger, type Settings } from '@vitrine/kernel';
import { clientAddress } from './client-address.js';
import { problemBody } from './problem-body.js';

/** Longer than the pause between two heartbeats of an event stream; an upload counts as alive while bytes flow. */
const SILENCE_MS = 120_000;

/** Shorter than the control plane keeps a connection that nobody uses: who ends it must not be who is just being asked. */
const IDLE_MS = 60_000;

export const controlPlaneSocket = (runDir: string): string => join(webDir(runDir), 'control-plane.sock');

/** Hands `/api` and the network drive on to the control plane, byte for byte: event streams and uploads are not held back. */
export function apiProxy(settings: Settings, logger: Logger): RequestHandler {
  const { protocol } = new URL(settings.publicUrl);
  // A control plane that closes after each answer would close while the end of a body is still on its way: on a Unix
  // socket that write fails, and with it the answer is lost, which has arrived already.
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  const proxy = createProxyMiddleware({
    agent,
    target: { socketPath: controlPlaneSocket(settings.runDir), host: 'localhost', port: 80 },
    pathFilter: (path) => /^\/(api|dav)(?=[/?]|$)/.test(path),
    timeout: SILENCE_MS,
    proxyTimeout: SILENCE_MS,
    on: {
      proxyReq: (outgoing, request) => {
        // Whatever a browser claims about the way it came is replaced by what was seen.
        outgoing.removeHeader('forwarded');
        outgoing.setHeader('connection', 'keep-alive');
        outgoing.setHeader('x-forwarded-for', clientAddress(request, settings));
        outgoing.setHeader('x-forwarded-proto', protocol.slice(0, -1));
        outgoing.setHeader('x-forwarded-host', request.headers.host ?? '');
      },
      proxyRes: ({ headers }) => {
        // These tell of the connection to the control plane (RFC 9110 §7.6.1): a caller who wants theirs closed would be
        // told that it is kept, or for how long, when it is not.
        delete headers.connection;
        delete headers['keep-alive'];
      },
      error: (error, _request, response) => {
        logger.warn({ code: (error as NodeJS.ErrnoException).code }, 'control plane does not answer');
        if (!(response instanceof ServerResponse) || response.headersSent) {
          response.destroy();
          return;
        }
        tell(response, new Problem('kernel.busy'), { 'retry-after': '2' });
      },
    },
  }) as RequestHandler;
  return (request, response, next) => {
    // No request has a fragment (RFC 9112 §3.2), and a proxy that drops it would have another thing deleted than was named.
    if (request.originalUrl.includes('#')) tell(response, new Problem('kernel.invalid'));
    else void proxy(request, response, next);
  };
}

function tell(
  response: ServerResponse,
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(problem.row.http, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(JSON.stringify(problemBody(problem)));
}
