import 'reflect-metadata';
import { createLogger, readSettings } from '@vitrine/kernel';
import { createApp } from './create-app.js';

const logger = createLogger('session-gateway');
// Tunnels are independent of each other: a fault in one that was not foreseen must not cut all the others.
process.on('uncaughtException', (err) => logger.fatal({ err }, 'bug: uncaught exception'));
process.on('unhandledRejection', (err) => logger.fatal({ err }, 'bug: unhandled rejection'));

try {
  const settings = readSettings();
  const app = await createApp(settings, logger);
  await app.listen(settings.port, settings.host);
  logger.info({ address: await app.getUrl() }, 'listening');
} catch (err) {
  logger.fatal({ err }, 'cannot start');
  process.exitCode = 1;
  // Whatever was opened before the failure would keep the process alive.
  setTimeout(() => process.exit(), 500);
}
