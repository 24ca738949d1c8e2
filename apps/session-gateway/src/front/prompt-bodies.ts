import type { RequestHandler } from 'express';

/** What a page or a program says to the API in these is a few kilobytes; files come as something else and may take hours. */
const WITHIN_MS = 30_000;
const PARSED = /^application\/(json|x-www-form-urlencoded)\b/i;
/** On the network drive they are files, too. */
const API = /^\/api\//i;

/**
 * Ends a connection whose body does not come whole in time, where the control plane reads all of it before it asks who
 * sends it.
 */
export const promptBodies =
  (withinMs = WITHIN_MS): RequestHandler =>
  (request, _response, next) => {
    if (API.test(request.path) && PARSED.test(request.headers['content-type'] ?? '')) {
      const tooSlow = setTimeout(() => request.socket.destroy(), withinMs).unref();
      request.once('end', () => clearTimeout(tooSlow)).once('close', () => clearTimeout(tooSlow));
    }
    next();
  };
