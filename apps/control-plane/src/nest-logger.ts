import type { LoggerService } from '@nestjs/common';
import type { Logger } from '@vitrine/kernel';

/** Sends what the framework has to say to the structured log; its chatter at start-up goes to debug. */
export const nestLogger = (logger: Logger): LoggerService => ({
  log: (message: unknown) => logger.debug(String(message)),
  warn: (message: unknown) => logger.warn(String(message)),
  error: (message: unknown, stack?: unknown) => logger.error({ stack }, String(message)),
  debug: () => undefined,
  verbose: () => undefined,
});
