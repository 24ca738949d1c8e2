import 'reflect-metadata';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { ActsRefused, Checkpoints } from '@vitrine/audit';
import { DicomDoor, FtpsDoor } from '@vitrine/exchange';
import { createLogger, explainListening, freeSocket, readSettings, webDir } from '@vitrine/kernel';
import { SessionHost } from '@vitrine/session-host';
import { StoreRefused, VaultLocked } from '@vitrine/vault';
import { AppModule } from './app.module.js';
import { prepareHttp } from './http/index.js';
import { Lifecycle } from './lifecycle.js';
import { listenOn } from './listen.js';
import { nestLogger } from './nest-logger.js';
import { openApiDocument } from './openapi.js';
import { onParentEnd, tellReady, tellRefused } from './parent.js';

/** Both are started together; what comes later is found later. */
const HOST_PATIENCE_MS = 30_000;

const settings = readSettings();
const logger = createLogger('control-plane');

process.on('unhandledRejection', (reason) => {
  // A bug: what state we are in is not known. The supervisor starts us again and every session is adopted.
  logger.fatal({ err: reason }, 'unhandled rejection');
  process.exit(1);
});

const socketPath = join(webDir(settings.runDir), 'control-plane.sock');
// What another one is at work on would be swept away.
await freeSocket(socketPath, 'control plane').catch((error: unknown) => {
  logger.fatal({ err: error }, 'cannot start');
  return process.exit(1);
});
const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(settings, logger), {
  logger: nestLogger(logger),
  abortOnError: false,
}).catch(async (error: unknown) => {
  // Trying again would not help: the operator has to bring the right key, or name the right place.
  if (error instanceof VaultLocked || error instanceof StoreRefused) {
    logger.fatal(error.message);
    await tellRefused(error.message);
  } else logger.fatal({ err: error }, 'cannot start');
  return process.exit(1);
});
prepareHttp(app);
SwaggerModule.setup('api/docs', app, () => openApiDocument(app));
// Migrations, adoption of running sessions and repair of what a crash left all happen here, before anybody can ask.
await app
  .get(SessionHost, { strict: false })
  .whenThere(HOST_PATIENCE_MS)
  .catch((error: unknown) => {
    logger.warn({ err: error }, 'the session host does not answer; no viewer can be opened until it does');
  });
const checkpoints = app.get(Checkpoints, { strict: false });
const refuseActs = async (error: ActsRefused): Promise<never> => {
  logger.fatal(error.message);
  await tellRefused(error.message);
  return process.exit(1);
};
// Before anything is begun with the rows of this database, which may be an older one.
await checkpoints.confirm().catch((error: unknown) => {
  if (error instanceof ActsRefused) return refuseActs(error);
  logger.warn({ err: error }, 'whether this is the newest database will be known when the host answers');
});
await app.init();
checkpoints.keepTaking((error) => void refuseActs(error));
await listenOn(app, socketPath);
// After the rest: what a crash left has been swept by now, and nothing that arrives may meet that.
try {
  await app.get(DicomDoor, { strict: false }).open();
  await app.get(FtpsDoor, { strict: false }).open();
} catch (error) {
  logger.fatal({ err: explainListening(error) }, 'cannot listen');
  process.exit(1);
}
const lifecycle = app.get(Lifecycle);
await lifecycle.welcome();
tellReady();

const stop = (ending: Promise<void>): void => {
  ending
    .catch((error: unknown) => logger.error({ err: error }, 'ending failed'))
    .then(() => app.close())
    .then(
      () => process.exit(0),
      () => process.exit(1),
    );
};
// A restart must not close anybody's viewer; only the end of the whole installation does.
process.once('SIGTERM', () => stop(Promise.resolve()));
process.once('SIGINT', () => stop(Promise.resolve()));
onParentEnd(() => stop(lifecycle.endEverything()));
