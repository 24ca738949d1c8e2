export { Problem, isProblem, type ProblemOptions } from './problem.js';
export type { Blame, ProblemRow } from './problem-row.js';
export { PROBLEMS, type ProblemCode } from './problems.js';
export { Clock, later, SystemClock, systemClock, type Instant } from './clock.js';
export { hashSecret, isId, newId, newSecret, sameHash } from './ids.js';
export { delay, sooner, withDeadline } from './deadline.js';
export { inLanes } from './in-lanes.js';
export {
  keySourceOf,
  readSettings,
  webDir,
  type LeastWalls,
  type WebUser,
  SETTINGS,
  type DicomSettings,
  type ScrubSettings,
  type KeySource,
  type SessionSettings,
  type Settings,
  type VaultSettings,
  OWN_DIR,
} from './settings.js';
export { databaseUrlOf } from './database-settings.js';
export type { FtpsSettings } from './ftps-settings.js';
export { objectStorageOf, type ObjectStorageSettings } from './object-storage-settings.js';
export { createLogger, LOGGER, type Logger } from './logger.js';
export { freeSocket } from './free-socket.js';
export { makeFile } from './make-file.js';
export { isWithin } from './paths.js';
export { explainListening } from './listening.js';
export { syncFolder } from './sync-folder.js';
export { productFolder, productVersion } from './product-version.js';
export { SPECIAL_IPV4 } from './special-addresses.js';
