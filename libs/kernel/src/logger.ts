import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * A structured log on stdout, one JSON object a line. Only ids and counts may be logged: never a person's name, a
 * file's name or a value from a record.
 */
export const createLogger = (process: string, level = 'info'): Logger =>
  pino({ level, base: { process }, timestamp: () => `,"at":"${new Date().toISOString()}"` });

export const LOGGER = Symbol('Logger');
