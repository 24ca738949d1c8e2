import type { NestExpressApplication } from '@nestjs/platform-express';

/**
 * Settings of the HTTP server that are not providers. The server listens on a Unix socket that only the gateway
 * reaches, so the last address in X-Forwarded-For is the one that the gateway saw.
 */
export function prepareHttp(app: NestExpressApplication): NestExpressApplication {
  app.setGlobalPrefix('api');
  app.set('trust proxy', 1);
  app.disable('x-powered-by');
  // Answers are never cached, so tags of their content would only cost.
  app.disable('etag');
  app.useBodyParser('json', { limit: '256kb' });
  return app;
}
