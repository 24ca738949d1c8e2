import type { Server } from 'node:http';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { LoggerService } from '@nestjs/common';
import type { Logger, Settings } from '@vitrine/kernel';
import { AppModule } from './app.module.js';
import { apiProxy } from './front/api-proxy.js';
import { portal } from './front/portal.js';
import { promptBodies } from './front/prompt-bodies.js';
import { securityHeaders } from './front/security-headers.js';
import { SilentConnections } from './front/silent-connections.js';

const HEADERS_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
const MAXIMUM_CONNECTIONS = 4096;
/** As many as may open a page within the time of a round trip; the rest of the port is for those who are heard. */
const MAXIMUM_SILENT = 1024;

/** Builds the gateway, ready to listen. Bodies are not parsed here: they stream through to the control plane. */
export async function createApp(settings: Settings, logger: Logger): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(settings, logger), {
    bodyParser: false,
    forceCloseConnections: true,
    logger: nestLogger(logger),
  });
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(securityHeaders(settings));
  app.use(promptBodies());
  app.use(apiProxy(settings, logger));
  app.use(portal(settings.portalDir));
  app.enableShutdownHooks();
  boundServer(app.getHttpServer());
  return app;
}

/** A peer that sends its head slowly, or keeps a connection for nothing, must not use up the port. */
function boundServer(server: Server): void {
  server.headersTimeout = HEADERS_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // An upload takes as long as it takes; silence within it ends it (see the proxy's time limit).
  server.requestTimeout = 0;
  server.maxConnections = MAXIMUM_CONNECTIONS;
  new SilentConnections(MAXIMUM_SILENT).watch(server);
}

const nestLogger = (logger: Logger): LoggerService => ({
  log: (message: unknown) => logger.debug(String(message)),
  warn: (message: unknown) => logger.warn(String(message)),
  error: (message: unknown, stack?: unknown) => logger.error({ stack }, String(message)),
  debug: () => undefined,
  verbose: () => undefined,
});
