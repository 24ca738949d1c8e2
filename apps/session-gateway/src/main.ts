import 'reflect-metadata';
import { createLogger, readSettings } from '@vitrine/kernel';
import { createApp } from './create-app.js';
import { onParentEnd, tellReady } from './parent.js';

const logger = createLogger('session-gateway');
// Tunnels are independent of each other: a fault in one that was not foreseen must not cut all the others.
process.on('uncaughtException', (err) => logger.fatal({ err }, 'bug: uncaught exception'));
process.on('unhandledRejection', (err) => logger.fatal({ err }, 'bug: unhandled rejection'));

try {
  const settings = readSettings();
  const app = await createApp(settings, logger);
  onParentEnd(() => {
    void app.close().finally(() => process.exit());
  });
  await app.listen(settings.port, settings.host);
  tellReady();
  logger.info({ address: await app.getUrl() }, 'listening');
} catch (err) {
  logger.fatal({ err }, 'cannot start');
  process.exit(1);
}
