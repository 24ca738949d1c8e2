import type { Response } from 'express';
import type { Beholder, SessionViews } from '@vitrine/sessions';
import { sseStream, type CallerRequest } from '../http/index.js';

/** Sends the session as the beholder sees it: now, and each time it becomes another, until it is over. */
export const streamSession = (
  request: CallerRequest,
  response: Response,
  views: SessionViews,
  sessionId: string,
  beholder: Beholder,
): Promise<void> =>
  sseStream(request, response, (send, end) => {
    const subscription = views
      .watch(sessionId, beholder)
      // A view that cannot be read ends the stream; the browser asks again and is told why.
      .subscribe({ next: send, error: end, complete: end });
    return () => subscription.unsubscribe();
  });
