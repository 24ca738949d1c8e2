import 'reflect-metadata';
import { createLogger, explainListening, readSettings } from '@vitrine/kernel';
import { createApp } from './create-app.js';
import { onParentEnd, tellReady } from './parent.js';

const logger = createLogger('session-gateway');
// Tunnels are independent of each other: a fault in one that was not foreseen must not cut all the others.
process.on('uncaughtException', (err) => logger.fatal({ err }, 'bug: uncaught exception'));
process.on('unhandledRejection', (err) => logger.fatal({ err }, 'bug: unhandled rejection'));

try {
  const settings = readSettings();
  let close = () => Promise.resolve();
  // Also while it waits for the key of the database, which never comes where the control plane may not start.
  onParentEnd(() => {
    void close().finally(() => process.exit());
  });
  const app = await createApp(settings, logger);
  close = () => app.close();
  await app.listen(settings.port, settings.host);
  tellReady();
  logger.info({ address: await app.getUrl() }, 'listening');
} catch (err) {
  logger.fatal({ err: explainListening(err) }, 'cannot start');
  process.exit(1);
}
