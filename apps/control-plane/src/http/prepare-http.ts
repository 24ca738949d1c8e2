import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import type { NestExpressApplication } from '@nestjs/platform-express';

/**
 * Settings of the HTTP server that are not providers. The server listens on a Unix socket that only the gateway
 * reaches, so the last address in X-Forwarded-For is the one that the gateway saw.
 */
export function prepareHttp(app: NestExpressApplication): NestExpressApplication {
  app.setGlobalPrefix('api', { exclude: ['dav', 'dav/*path'] });
  app.set('trust proxy', 1);
  app.disable('x-powered-by');
  // Answers are never cached, so tags of their content would only cost.
  app.disable('etag');
  // A file that is put into the drive is a file, whatever its type says.
  app.useBodyParser('json', { limit: '256kb', type: outsideDrive('json') });
  app.useBodyParser('urlencoded', { limit: '256kb', extended: true, type: outsideDrive('urlencoded') });
  return app;
}

const outsideDrive =
  (type: string) =>
  (incoming: IncomingMessage): boolean => {
    const request = incoming as Request;
    return !/^\/dav(?=[/?]|$)/.test(request.originalUrl) && request.is(type) === type;
  };
