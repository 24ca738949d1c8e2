import type { RequestHandler } from 'express';

/** What a page or a program says in JSON is a few kilobytes; files come as something else and may take hours. */
const WITHIN_MS = 30_000;
const JSON_TYPE = /^application\/json\b/i;

/** Ends a connection whose JSON does not come whole in time: anybody may send some, also somebody who is not signed in. */
export const promptBodies =
  (withinMs = WITHIN_MS): RequestHandler =>
  (request, _response, next) => {
    if (JSON_TYPE.test(request.headers['content-type'] ?? '')) {
      const tooSlow = setTimeout(() => request.socket.destroy(), withinMs).unref();
      request.once('end', () => clearTimeout(tooSlow)).once('close', () => clearTimeout(tooSlow));
    }
    next();
  };
